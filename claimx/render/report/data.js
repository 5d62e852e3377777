// The table, with what every part looks up again and again.

import { table } from "./page.js";

export const documents = table.documents;
export const groups = table.groups;
export const conflicts = table.conflicts;

export const rankOf = new Map(groups.map((group, rank) => [group.id, rank]));

for (const [rank, group] of groups.entries()) {
  group.rank = rank;
  group.conflicts = [];
  for (const member of group.members) {
    member.text ??= group.claim;
    member.modality ??= "asserted";
    member.flags ??= [];
    member.citations = member.spans.map(([start, end, line]) => ({ group, member, start, end, line }));
  }
  group.citations = group.members.flatMap((member) => member.citations);
  for (const [at, citation] of group.citations.entries()) citation.number = at + 1;
  group.documents = [...new Set(group.members.map((member) => member.document))];
  group.speakers = [...new Set(group.members.map((member) => member.speaker).filter(Boolean))];
  group.flags = group.members.flatMap((member) => member.flags.map(([kind]) => kind));
}

for (const conflict of conflicts) {
  const [a, b] = conflict.sides.map((rank) => groups[rank]);
  a.conflicts.push({ conflict, other: b });
  b.conflicts.push({ conflict, other: a });
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
