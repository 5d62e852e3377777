// The table, with what every part looks up again and again, and its groups as a person changed them.

import { table } from "./page.js";

export const documents = table.documents;
/** The groups as they are now, in order; those of the table until a person merges or splits some. */
export const groups = [...table.groups];

const conflicts = table.conflicts;
const rows = table.groups;
const byId = new Map();
let changed = new Set();
let version = 0;
let settled = "";

class Citation {
  constructor(member, [start, end, line]) {
    Object.assign(this, { member, start, end, line });
  }

  get group() {
    return this.member.group;
  }
}

/** Derive what a group is made of from its members. */
function settle(group) {
  group.citations = group.members.flatMap((member) => member.citations);
  for (const [at, citation] of group.citations.entries()) citation.number = at + 1;
  group.documents = [...new Set(group.members.map((member) => member.document))];
  group.speakers = [...new Set(group.members.map((member) => member.speaker).filter(Boolean))];
  group.flags = group.members.flatMap((member) => member.flags.map(([kind]) => kind));
  for (const member of group.members) member.group = group;
  return group;
}

for (const [rank, row] of rows.entries()) {
  row.rank = rank;
  for (const member of row.members) {
    member.row = row;
    member.text ??= row.claim;
    member.modality ??= "asserted";
    member.flags ??= [];
    member.citations = member.spans.map((span) => new Citation(member, span));
  }
  settle(row);
}

/** The group that stands for *row* of the table: the one with the claim that the row is worded as. */
function heirOf(row) {
  if (!changed.has(row)) return row;
  const { members } = row;
  return (members.find(({ text }) => text === row.claim) ?? members[0]).group;
}

function joinConflicts() {
  for (const group of groups) group.conflicts = [];
  for (const conflict of conflicts) {
    const sides = conflict.sides.map((rank) => heirOf(rows[rank]));
    if (sides[0] === sides[1]) continue;
    for (const side of [0, 1]) sides[side].conflicts.push({ conflict, side, other: sides[1 - side] });
  }
}

/** The conflicts that are left, each with its groups as they are now. */
export function listConflicts() {
  return conflicts
    .map(({ kind, why, sides, marks }) => ({ kind, why, marks, sides: sides.map((rank) => heirOf(rows[rank])) }))
    .filter(({ sides: [a, b] }) => a !== b);
}

/** The words to mark in the claim of *group* for *conflict*: none if it has another wording now. */
export function marksOf({ marks, sides }, side, group) {
  const row = typeof sides[side] === "number" ? rows[sides[side]] : sides[side];
  return row.claim === group.claim ? marks[side] : [];
}

function index() {
  byId.clear();
  for (const row of rows) byId.set(row.id, heirOf(row));
  for (const group of groups) byId.set(group.id, group);
  joinConflicts();
}

index();

/** A number that grows whenever groups are changed: what was made before is out of date. */
export const readVersion = () => version;

export const groupNamed = (id) => byId.get(id);

/** Sort the claims into groups anew: those of the table, after *changes*, which are merges and splits. */
export function regroup(changes) {
  const pieces = new Map();
  const pieceOf = (member) => pieces.get(member) ?? member.row;
  const place = (members) => {
    const piece = { members };
    for (const member of members) pieces.set(member, piece);
  };
  for (const { kind, sides } of changes) {
    if (kind === "merge") {
      const joined = new Set(sides.flat().map(pieceOf));
      if (joined.size > 1) place([...joined].flatMap(({ members }) => members));
    } else {
      const leaving = new Set(sides[0]);
      for (const piece of new Set(sides[1].map(pieceOf))) {
        const [moved, rest] = [true, false].map((goes) => piece.members.filter((one) => leaving.has(one) === goes));
        if (moved.length && rest.length) [moved, rest].forEach(place);
      }
    }
  }
  const before = changed;
  changed = new Set([...pieces.keys()].map(({ row }) => row));
  const key = changes.map(({ decision }) => decision.id).join(" ");
  if (key === settled) return;
  settled = key;
  for (const row of before) settle(row);
  for (const piece of new Set(pieces.values())) settle(piece);
  const made = [...new Set(pieces.values())].map(nameGroup);
  const kept = rows.filter((row) => !changed.has(row));
  groups.splice(0, groups.length, ...kept, ...made);
  groups.sort((one, other) => one.rank - other.rank);
  version += 1;
  index();
}

/** Give a new group its wording, place and name: those of the first row that it stands for. */
function nameGroup(group) {
  const { members } = group;
  const from = [...new Set(members.map(({ row }) => row))].sort((one, other) => one.rank - other.rank);
  const isSaid = (row) => members.some(({ text }) => text === row.claim) || row.members.every((one) => one.group === group);
  const heir = from.find((row) => heirOf(row) === group && isSaid(row));
  const badness = ({ flags, headline }) => Number(flags.length > 0) * 2 + Number(headline ?? false);
  const [best] = members.toSorted((one, other) => badness(one) - badness(other));
  const roots = new Set(group.documents.map((at) => documents[at].root ?? at));
  return Object.assign(group, {
    id: heir?.id ?? best.id,
    claim: heir?.claim ?? best.text,
    reworded: heir?.reworded,
    notes: [...new Set(from.flatMap(({ notes }) => notes ?? []))],
    rank: from[0].rank + (heir ? 0 : 0.5),
    support: group.documents.length,
    independent: roots.size,
    rows: from,
  });
}

const citationsIn = documents.map(() => []);
for (const citation of groups.flatMap((group) => group.citations)) {
  citationsIn[citation.member.document].push(citation);
}

/** The citations of a document, by where they start. */
export const citationsOf = (at) =>
  citationsIn[at].sort((one, other) => one.start - other.start || one.end - other.end);

export const quoteOf = (citation) =>
  documents[citation.member.document].text.slice(citation.start, citation.end);

export const placeOf = (citation) =>
  `${documents[citation.member.document].label}:${citation.line}`;

export const linkGroup = (group) => `#${encodeURIComponent(group.id)}`;

/** The address of a citation: its group's, and its number there. */
export const linkCitation = ({ group, number }) => `${linkGroup(group)}/${number}`;

/** The address of a stretch of a document. */
export const linkStretch = (at, start, end) => `#@${at + 1}:${start}-${end}`;
