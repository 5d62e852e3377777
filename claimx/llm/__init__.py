"""Ask language models for structured answers: client, servers, cache, cassettes, prompts, cost."""
