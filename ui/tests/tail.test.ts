// The tail of raw events: the newest, in order, each once.
import "./page";

import assert from "node:assert/strict";
import test from "node:test";
import { joined, newest } from "../src/state/tail";
import { answerWith } from "./page";

const events = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => ({ seq: first + at }));

test("of many events the newest are asked for, though a cluster begins with the oldest", async () => {
  const kept = events(1, 3000);
  answerWith(async (url) => {
    const query = new URL(url, "http://localhost").searchParams;
    const later = kept.filter(({ seq }) => seq > Number(query.get("after") ?? 0));
    return Response.json({ last: 3000, events: later.slice(0, Number(query.get("limit"))) });
  });
  assert.deepEqual(await newest("shop", new AbortController().signal), events(2501, 3000));
});

test("an event that was asked for and came by itself, too, is there once", () => {
  assert.deepEqual(joined(events(1, 5), events(4, 7)), events(1, 7));
});
