// Lanes tell what workers did, and do not take for idleness what nobody watched.
import assert from "node:assert/strict";
import test from "node:test";
import type { Frame, RunningTask, Span } from "../src/records/records";
import { laneOf, recall, remember, unknownSince } from "../src/state/lanes";

function frame(at: number, running: Record<string, RunningTask[]>): Frame {
  const workers = Object.entries(running).map(([name, tasks]) => ({ name, running: tasks }));
  return { at, workers } as unknown as Frame;
}

function task(id: string, started: number): RunningTask {
  return { id, name: "job", started, stuck: false, waiting_for: null };
}

function span(id: string, started: number, ended: number, failed = false): Span {
  return { worker: "W0", id, name: "job", started, ended, failed };
}

const drawn = (source: string) =>
  laneOf(source, "W0").bars.map((bar) => [bar.id, bar.start, bar.end, bar.failed]);

test("a worker is known from its first frame on", () => {
  remember("first", frame(1000, { W0: [] }));
  assert.equal(laneOf("first", "W0").since, 1000);
  assert.equal(laneOf("first", "W1").since, Number.POSITIVE_INFINITY);
  assert.equal(unknownSince("first", ["W0"]), 940);
});

test("what the server remembers fills the time before", () => {
  remember("past", frame(1000, { W0: [] }));
  recall("past", ["W0"], { since: 940, spans: [span("b", 970, 980, true), span("a", 950, 960)] });
  assert.deepEqual(drawn("past"), [
    ["a", 950, 960, false],
    ["b", 970, 980, true],
  ]);
  assert.equal(laneOf("past", "W0").since, 940);
  assert.equal(unknownSince("past", ["W0"]), null);
});

test("an answer that does not reach far back leaves the rest unknown", () => {
  remember("cut", frame(1000, { W0: [] }));
  recall("cut", ["W0"], { since: 990, spans: [] });
  assert.equal(laneOf("cut", "W0").since, 990);
  assert.equal(unknownSince("cut", ["W0"]), 940);
  assert.equal(unknownSince("cut", ["W0"], 1000), null);
  remember("cut", frame(1030, { W0: [] }));
  assert.equal(unknownSince("cut", ["W0"], 1000), 970);
});

test("a shorter answer does not make unknown what was watched", () => {
  remember("watched", frame(1000, { W0: [] }));
  remember("watched", frame(1004, { W0: [] }));
  recall("watched", ["W0"], { since: 1003, spans: [] });
  assert.equal(laneOf("watched", "W0").since, 1000);
});

test("a frame ends the bar of a task that runs no more, and the server tells when and how", () => {
  remember("end", frame(1000, { W0: [task("a", 999)] }));
  remember("end", frame(1001, { W0: [task("b", 1000.5)] }));
  assert.deepEqual(drawn("end"), [
    ["a", 999, 1001, false],
    ["b", 1000.5, null, false],
  ]);
  recall("end", ["W0"], { since: 999, spans: [span("a", 999, 1000.4, true)] });
  assert.deepEqual(drawn("end"), [
    ["a", 999, 1000.4, true],
    ["b", 1000.5, null, false],
  ]);
});

test("two attempts of one task are two bars", () => {
  remember("again", frame(1000, { W0: [] }));
  recall("again", ["W0"], { since: 940, spans: [span("a", 950, 951, true), span("a", 955, 956)] });
  assert.deepEqual(drawn("again"), [
    ["a", 950, 951, true],
    ["a", 955, 956, false],
  ]);
  recall("again", ["W0"], { since: 940, spans: [span("a", 950, 951, true), span("a", 955, 956)] });
  assert.equal(laneOf("again", "W0").bars.length, 2);
});

test("after a gap without frames nothing is known of it", () => {
  remember("gap", frame(1000, { W0: [] }));
  remember("gap", frame(1030, { W0: [] }));
  assert.equal(laneOf("gap", "W0").since, 1030);
  recall("gap", ["W0"], { since: 970, spans: [] });
  assert.equal(laneOf("gap", "W0").since, 970);
});

test("workers that are gone are forgotten", () => {
  remember("gone", frame(1000, { W0: [], W1: [] }));
  remember("gone", frame(1001, { W0: [] }));
  assert.equal(laneOf("gone", "W1").since, Number.POSITIVE_INFINITY);
});

const held = (id: string, started: number): RunningTask => ({
  ...task(id, started),
  waiting_for: "room",
});
const kinds = (source: string) =>
  laneOf(source, "W0").bars.map((bar) => [bar.waits ? "waits" : "runs", bar.start, bar.end]);

test("what a worker ran stays a run when it then waits for room, and the wait stays a wait", () => {
  remember("room", frame(1000, { W0: [task("a", 999.9)] }));
  remember("room", frame(1000.25, { W0: [held("a", 999.9)] }));
  remember("room", frame(1001, { W0: [held("a", 999.9)] }));
  recall("room", ["W0"], { since: 990, spans: [span("a", 999.9, 1000.1)] });
  remember("room", frame(1002, { W0: [task("b", 1001.8)] }));
  const expected = [
    ["runs", 999.9, 1000.1],
    ["waits", 1000.1, 1002],
    ["runs", 1001.8, null],
  ];
  assert.deepEqual(kinds("room"), expected);
  recall("room", ["W0"], { since: 990, spans: [span("a", 999.9, 1000.1)] });
  assert.deepEqual(kinds("room"), expected);
});

test("a run too short for any frame is told beside the wait that followed it", () => {
  remember("brief", frame(1000, { W0: [held("a", 999.8)] }));
  recall("brief", ["W0"], { since: 990, spans: [span("a", 999.8, 999.9)] });
  remember("brief", frame(1001, { W0: [] }));
  assert.deepEqual(kinds("brief"), [
    ["runs", 999.8, 999.9],
    ["waits", 999.9, 1001],
  ]);
});

test("a task told before its wait was seen has no wait of its whole length", () => {
  remember("told", frame(1000, { W0: [] }));
  recall("told", ["W0"], { since: 990, spans: [span("a", 1000.1, 1000.2)] });
  remember("told", frame(1000.5, { W0: [held("a", 1000.1)] }));
  assert.deepEqual(kinds("told"), [
    ["runs", 1000.1, 1000.2],
    ["waits", 1000.2, null],
  ]);
});

test("where workers may wait, what the server did not see run is not called idle", () => {
  remember("may", frame(1000, { W0: [] }));
  recall("may", ["W0"], { since: 940, spans: [span("a", 950, 960)] }, true);
  assert.deepEqual(drawn("may"), [["a", 950, 960, false]]);
  assert.equal(laneOf("may", "W0").since, 1000);
});
