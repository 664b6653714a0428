// The dialog before a command: its arguments, a yes, or for the gravest the target's name typed.
import { useState } from "preact/hooks";
import type { Argument } from "../records/api";
import { type Asked, asked, run, title } from "../state/commands";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { Note } from "./panels";

export function AskDialog() {
  const what = asked.value;
  return what ? <Form key={`${what.verb.name} ${what.label}`} what={what} /> : null;
}

function Form({ what }: { what: Asked }) {
  const { verb, label } = what;
  const open = verb.arguments.filter((argument) => !(argument.name in what.given));
  const [given, setGiven] = useState<Record<string, unknown>>(() => defaults(open));
  const [typed, setTyped] = useState("");
  const ready =
    (verb.destructive !== "grave" || typed === label) &&
    open.every((argument) => !argument.required || given[argument.name] !== "");
  const close = () => {
    asked.value = null;
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    close();
    void run(what, { ...what.given, ...said(open, given) });
  };
  return (
    <Dialog label={title(verb)} close={close}>
      <form onSubmit={submit}>
        <h2>{title(verb)}</h2>
        <p class="mono">{label}</p>
        <p>{verb.help}.</p>
        {open.map((argument) => (
          <Field
            key={argument.name}
            argument={argument}
            value={given[argument.name]}
            change={(value) => setGiven({ ...given, [argument.name]: value })}
          />
        ))}
        {verb.destructive === "grave" && (
          <>
            <Note tone="bad">This cannot be undone.</Note>
            <label class="field">
              <span>
                Type <code>{label}</code> to go on
              </span>
              <input
                value={typed}
                autocomplete="off"
                spellcheck={false}
                onInput={(event) => setTyped(event.currentTarget.value)}
              />
            </label>
          </>
        )}
        <div class="buttons">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class={`button main${verb.destructive === "no" ? "" : " bad"}`}
            disabled={!ready}
          >
            {title(verb)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function defaults(open: Argument[]): Record<string, unknown> {
  return Object.fromEntries(
    open.map((argument) => [
      argument.name,
      argument.default ?? (argument.type === "boolean" ? false : ""),
    ]),
  );
}

/** What was filled in, in the types that the verb takes; empty fields are left out. */
function said(open: Argument[], given: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const argument of open) {
    const value = given[argument.name];
    if (value === "" || value === null || value === undefined) continue;
    const number = argument.type === "integer" || argument.type === "number";
    result[argument.name] = number ? Number(value) : value;
  }
  return result;
}
