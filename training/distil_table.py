"""
Distil the static embedding table from all-MiniLM-L6-v2 (Apache-2.0).

    python -m training.distil_table --base MODEL_DIR --data DIR -o claimx/match/weights

Every word piece is encoded by itself, reduced by PCA, weighted by how rare it is (SIF), and then
tuned so that the mean of a text's pieces points where the encoder's vector of the text points.
DIR holds the openly licensed texts named in README.md. Same seed and threads, same bytes.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

from claimx.match.wordpiece import WordPiece

WIDTH = 256
SEED = 0
RARE = 1e-3  # SIF's a (Arora et al. 2017)
MAX_PIECES = 64
STRIDE = 2  # every second text; half the time


def load_encoder(folder: Path) -> BertModel:
    """Load the sentence encoder."""
    config = BertConfig(
        vocab_size=30522,
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
    )
    model = BertModel(config, add_pooling_layer=False)
    weights = {
        name.removeprefix("bert."): one
        for name, one in load_file(folder / "model.safetensors").items()
    }
    model.load_state_dict(weights, strict=False)
    return model.eval()


def encode(model: BertModel, pieces: WordPiece, ids: list[list[int]]) -> np.ndarray:
    """Encode lists of pieces: the mean over all positions, of length 1."""
    order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
    out = np.zeros((len(ids), 384), np.float32)
    for at in range(0, len(order), 64):
        rows = order[at : at + 64]
        full = [[pieces.start, *ids[row][:MAX_PIECES], pieces.end] for row in rows]
        width = max(map(len, full))
        batch = torch.zeros(len(rows), width, dtype=torch.long)
        mask = torch.zeros_like(batch)
        for place, one in enumerate(full):
            batch[place, : len(one)] = torch.tensor(one)
            mask[place, : len(one)] = 1
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = model(input_ids=batch, attention_mask=mask).last_hidden_state.float()
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        out[rows] = torch.nn.functional.normalize(mean, dim=1).numpy()
    return out


def read_texts(folder: Path) -> list[str]:
    """Read sentences of openly licensed sets, each once."""
    return sorted(
        {" ".join(text.split()) for text in _list_texts(folder) if 3 <= len(text.split()) <= 50}
    )[::STRIDE]


def _list_texts(folder: Path) -> Iterator[str]:
    for name in ("rose_acu", "factcheckbench", "benchie", "okr"):
        for row in _read_rows(folder / f"extraction_{name}.jsonl"):
            yield from row["text"].split("\n")
            yield from (gold["claim"] for gold in row["gold"])
    for row in _read_rows(folder / "docs_ecb.jsonl"):
        yield from row["text"].split("\n")
    for row in _read_rows(folder / "support_wice.jsonl"):
        yield from (row["claim"], *row["evidence"])
    for name in ("okr", "ecb", "feversym", "vitaminc_sample"):
        for row in _read_rows(folder / f"pairs_{name}.jsonl"):
            yield from (row["a"], row["b"])


def _read_rows(path: Path) -> Iterable[dict]:
    return map(json.loads, path.read_text("utf-8").splitlines())


def tune(table: np.ndarray, ids: list[list[int]], targets: np.ndarray, epochs: int) -> np.ndarray:
    """Tune *table* so that the mean of the pieces of a text points like its target."""
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    bag = torch.nn.EmbeddingBag.from_pretrained(torch.tensor(table), freeze=False, mode="sum")
    optimizer = torch.optim.Adam(bag.parameters(), lr=1e-3)
    wanted = torch.tensor(targets)
    for epoch in range(epochs):
        order = list(range(len(ids)))
        rng.shuffle(order)
        total = 0.0
        for at in range(0, len(order), 256):
            rows = order[at : at + 256]
            flat = torch.tensor([one for row in rows for one in ids[row]])
            offsets = torch.tensor(np.cumsum([0, *(len(ids[row]) for row in rows)])[:-1])
            found = torch.nn.functional.normalize(bag(flat, offsets), dim=1)
            similarity = found @ found.T
            goal = wanted[rows] @ wanted[rows].T
            loss = (
                1 - (found * wanted[rows]).sum(1).mean() + (similarity - goal).square().mean() * 10
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        print(f"epoch {epoch} loss {total / len(order):.4f}", flush=True)
    return bag.weight.detach().numpy()


def quantize(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Store each row as int8 with a scale of its own."""
    scales = np.abs(table).max(axis=1) / 127
    scales[scales == 0] = 1
    return np.round(table / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def main() -> None:
    """Distil, tune, store."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    vocabulary = json.loads((options.base / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    names = sorted(vocabulary, key=vocabulary.__getitem__)
    pieces = WordPiece(names)
    model = load_encoder(options.base)
    alone = encode(model, pieces, [[at] for at in range(len(names))])
    texts = read_texts(options.data)
    ids = [pieces.split(text)[:MAX_PIECES] for text in texts]
    targets = encode(model, pieces, ids)
    print(len(texts), "texts", flush=True)
    center = targets.mean(axis=0)
    axes = np.linalg.svd(targets - center, full_matrices=False)[2][:WIDTH]
    counts = np.bincount([one for row in ids for one in row], minlength=len(names)) + 0.5
    weights = RARE / (RARE + counts / counts.sum())
    table = ((alone - center) @ axes.T * weights[:, None]).astype(np.float32)
    reduced = (targets - center) @ axes.T
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True)
    tuned = tune(table, ids, reduced.astype(np.float32), options.epochs)
    rows, scales = quantize(tuned)
    options.output.mkdir(parents=True, exist_ok=True)
    np.save(options.output / "rows.npy", rows)
    np.save(options.output / "scales.npy", scales)
    (options.output / "pieces.txt").write_text("\n".join(names) + "\n", "utf-8")
    for path in sorted(options.output.iterdir()):
        print(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
