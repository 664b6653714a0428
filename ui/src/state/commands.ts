// Commands: what may be done to a target, asking before, doing it, showing each answer.
import { signal } from "@preact/signals";
import { ofSource, post, words } from "../data/client";
import type { TargetKind, Verb } from "../records/api";
import type { Answer } from "../records/records";
import { tell } from "./notices";
import { current, info, may } from "./sources";

/** A command that waits for its arguments or a yes. */
export interface Asked {
  source: string; // whoever looks may turn to another before it is done
  verb: Verb;
  targets: string[];
  label: string; // what it is done to, in words
  given: Record<string, unknown>;
  done?: () => void;
}

export const asked = signal<Asked | null>(null);

/** What the one who looks may do to targets of a kind. */
export function verbsFor(kind: TargetKind): Verb[] {
  return (info.value?.verbs ?? []).filter((verb) => verb.target === kind && may(verb));
}

/** Does a command at once where nothing is to be asked, else asks. */
export function ask(
  verb: Verb,
  targets: string[],
  label: string,
  given: Record<string, unknown> = {},
  done?: () => void,
): void {
  const open = verb.arguments.some((argument) => !(argument.name in given));
  const what = { source: current.value, verb, targets, label, given, done };
  if (!open && verb.destructive === "no") void run(what, given);
  else asked.value = what;
}

export async function run(what: Asked, given: Record<string, unknown>): Promise<void> {
  const answers = await inTurn(what.targets, (target) => send(what, target, given));
  tell(`${title(what.verb)} — ${what.label}`, answers.flat());
  what.done?.();
}

async function send(
  { source, verb }: Asked,
  target: string,
  given: Record<string, unknown>,
): Promise<Answer[]> {
  const path = ofSource(source, "commands", `${verb.target}.${verb.name}`);
  try {
    const said = await post<{ answers: Answer[] }>(path, {
      target: verb.target === "source" ? null : target,
      arguments: given,
    });
    return said.answers.length ? said.answers : [{ who: target, ok: true, message: "done" }];
  } catch (error) {
    return [{ who: target || source, ok: false, message: words(error) }];
  }
}

/** Four at a time, so that many chosen tasks do not flood the server. */
async function inTurn<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at] as T);
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  return results;
}

const TITLES: Record<string, string> = {
  shutdown: "Shut down",
  pool_restart: "Restart pool",
  pool_grow: "Grow",
  pool_shrink: "Shrink",
  cancel_consumer: "Remove consumer",
};

/** A verb's name as a person reads it: `pool_grow` → `Grow`, `rate_limit` → `Rate limit`. */
export function title(verb: Verb): string {
  const known = TITLES[verb.name];
  if (known) return known;
  const text = verb.name.replaceAll("_", " ");
  return text[0]?.toUpperCase() + text.slice(1);
}
