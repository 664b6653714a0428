// What a page loads: an error does not put one thing's figures under another's name.
import "./page";
import assert from "node:assert/strict";
import test from "node:test";
import { failed } from "../src/data/loaded";

const known = { path: "tasks/a", key: "tasks/a {}", data: "of a", error: "" };

test("what was shown stays when it cannot be loaded again", () => {
  const next = failed(known, "tasks/a", "tasks/a {}", new Error("no answer"));
  assert.deepEqual(next, { ...known, error: "no answer" });
});

test("what was shown goes when another thing cannot be loaded", () => {
  const next = failed(known, "tasks/b", "tasks/b {}", new Error("no such task"));
  assert.deepEqual(next, { path: "tasks/b", key: "tasks/b {}", data: null, error: "no such task" });
});
