"""Cut a document into sentences and segments, with what each sentence is and who says it."""
