// The stream after a gap: it begins anew with a whole frame, and takes nothing of the old one.
import "./page";

import assert from "node:assert/strict";
import test from "node:test";
import { Stream } from "../src/data/stream";
import type { Frame } from "../src/records/records";
import { answerWith, page } from "./page";

const text = (id: string, event: string, data: unknown) =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const whole = (seq: number) =>
  text(`e.${seq}`, "frame", { source: "shop", seq, frame: { at: seq, groups: [] } });
const diff = (seq: number, base: number) =>
  text(`e.${seq}`, "diff", { source: "shop", seq, base, patch: { at: seq } });

/** What a stream begins with, and what comes every 20 ms from then on. */
type Told = [string[], () => string];

/** A server of these streams, one after the other; the ids that each was asked to go on from. */
function serve(streams: Told[]): (string | null)[] {
  const asked: (string | null)[] = [];
  answerWith(async (url, init) => {
    if (!url.includes("/stream")) return Response.json({ at: -1, groups: [] });
    asked.push(new Headers(init?.headers).get("last-event-id"));
    const bytes = new TextEncoder();
    const [first, more] = streams[asked.length - 1] as Told;
    return new Response(
      new ReadableStream({
        async start(control) {
          for (const message of first) control.enqueue(bytes.encode(message));
          while (!init?.signal?.aborted) {
            await new Promise((done) => setTimeout(done, 20));
            control.enqueue(bytes.encode(more()));
          }
          control.error(new Error("aborted"));
        },
      }),
    );
  });
  return asked;
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !holds(); turn++)
    await new Promise((done) => setTimeout(done, 20));
  assert.ok(holds());
}

test("after a gap the stream begins anew, though the old one goes on", async (run) => {
  run.after(() => page.hide(true));
  let old = 9;
  let seq = 20;
  const asked = serve([
    [[whole(1), diff(2, 1), diff(old, 8)], () => diff(++old, old - 1)],
    [[whole(seq)], () => diff(++seq, seq - 1)],
  ]);
  const seen: number[] = [];
  const stream = new Stream(
    (_source: string, frame: Frame) => seen.push(frame.at),
    () => {},
  );
  stream.follow(["shop"], false);
  await eventually(() => asked.length >= 2 && seen.length > 2);
  page.hide(true);
  assert.deepEqual(seen.slice(0, 2), [1, 2]);
  assert.deepEqual(asked, [null, null]);
  assert.ok(seen.slice(2).every((at) => at >= 20));
});
