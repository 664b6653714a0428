// The address is somebody else's text: whatever it says, the page stands.
import "./page";
import assert from "node:assert/strict";
import test from "node:test";
import { href, place } from "../src/state/address";
import { current, missing, sources } from "../src/state/sources";

const shop = { name: "shop", kind: "cluster", tick: 1, verbs: [] } as const;

function at(path: string): void {
  sources.value = [{ ...shop, verbs: [] }];
  place.value = { path, query: new URLSearchParams() };
}

test("a source is named by the path, as it was meant", () => {
  at("/pipelines/sh%6Fp");
  assert.equal(current.value, "shop");
  assert.equal(href("/tasks"), "/tasks?source=shop");
});

test("a path that means nothing names a source that nobody knows", () => {
  at("/pipelines/%E5%zz");
  assert.equal(missing.value, "%E5%zz");
  assert.equal(href("/tasks"), "/tasks?source=%25E5%25zz");
});
