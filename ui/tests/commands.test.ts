// A command goes to the source that was on screen when somebody gave it.
import "./page";

import assert from "node:assert/strict";
import test from "node:test";
import type { Verb } from "../src/records/api";
import { place } from "../src/state/address";
import { ask, asked, run } from "../src/state/commands";
import { sources } from "../src/state/sources";
import { answerWith } from "./page";

const retry: Verb = {
  name: "retry",
  target: "task",
  help: "",
  arguments: [],
  role: "operator",
  destructive: "no",
};

function look(source: string): void {
  sources.value = ["shop", "etl"].map((name) => ({ name, kind: "cluster", tick: 1, verbs: [] }));
  place.value = { path: "/tasks", query: new URLSearchParams({ source }) };
}

function listened(): string[] {
  const urls: string[] = [];
  answerWith(async (url) => {
    urls.push(url);
    look("etl");
    return Response.json({ answers: [] });
  });
  return urls;
}

const ofShop = "/api/v1/sources/shop/commands/task.retry";

test("many targets are done where they were chosen, whatever is looked at meanwhile", async () => {
  look("shop");
  const urls = listened();
  const targets = ["a", "b", "c", "d", "e", "f"];
  await new Promise<void>((done) => ask(retry, targets, "6 tasks", {}, done));
  assert.deepEqual(urls, new Array(6).fill(ofShop));
});

test("a yes goes to the source that was on screen when it was asked for", async () => {
  look("shop");
  const urls = listened();
  ask({ ...retry, destructive: "ask" }, ["a"], "a");
  look("etl");
  assert.ok(asked.value);
  await run(asked.value, {});
  assert.deepEqual(urls, [ofShop]);
});
