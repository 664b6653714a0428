// Buttons for what the source can do; they come from its verbs, no page knows them by heart.
import type { TargetKind } from "../records/api";
import { ask, title, verbsFor } from "../state/commands";

interface VerbsProps {
  kind: TargetKind;
  targets: string[];
  label?: string;
  small?: boolean;
  /** Leaves out those that make no sense now. */
  without?: string[];
  done?: () => void;
}

export function Verbs({ kind, targets, label, small, without = [], done }: VerbsProps) {
  const verbs = verbsFor(kind).filter((verb) => !without.includes(verb.name));
  const what = label ?? targets.join(", ");
  return (
    <>
      {verbs.map((verb) => (
        <button
          key={verb.name}
          type="button"
          class={`button${small ? " small" : ""}${verb.destructive === "grave" ? " bad" : ""}`}
          title={verb.help}
          aria-label={`${title(verb)} ${what}`}
          onClick={() => ask(verb, targets, what, {}, done)}
        >
          {title(verb)}
        </button>
      ))}
    </>
  );
}
