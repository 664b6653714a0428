// A patch leads from one frame to the next; what did not change stays the same object.
import assert from "node:assert/strict";
import test from "node:test";
import { applyPatch } from "../src/data/patch";
import type { Frame } from "../src/records/records";

const before = {
  at: 1,
  workers: [
    { name: "a", active: 0 },
    { name: "b", active: 1 },
  ],
  failures: [{ exception: "E", group: "g", count: 1 }],
  queues: [],
} as unknown as Frame;

test("rows are replaced, added and dropped by their key", () => {
  const patch = { at: 2, workers: { set: { b: { name: "b", active: 2 } }, drop: ["a"] } };
  const after = applyPatch(before, patch);
  assert.equal(after.at, 2);
  assert.deepEqual(after.workers, [{ name: "b", active: 2 }]);
});

test("what is not in the patch stays the same object", () => {
  const after = applyPatch(before, { workers: { set: { b: { name: "b", active: 2 } } } });
  assert.equal(after.workers[0], before.workers[0]);
  assert.equal(after.failures, before.failures);
  assert.notEqual(after.workers[1], before.workers[1]);
});

test("a failure's key is its exception and its group", () => {
  const row = { exception: "E", group: "g", count: 2 };
  const after = applyPatch(before, { failures: { set: { "E in g": row } } });
  assert.deepEqual(after.failures, [row]);
});

test("a whole list takes the place of the old one", () => {
  const after = applyPatch(before, { workers: [] });
  assert.deepEqual(after.workers, []);
});
