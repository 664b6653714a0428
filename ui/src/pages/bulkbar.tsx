// What to do with the chosen tasks, or with all that match the search.
import type { Verb } from "../records/api";
import { ask, title, verbsFor } from "../state/commands";
import { current } from "../state/sources";
import { count, many } from "../words/figures";

interface BulkProps {
  chosen: string[];
  search: string;
  total: number;
  clear: () => void;
  done: () => void;
}

export function BulkBar({ chosen, search, total, clear, done }: BulkProps) {
  const finished = () => {
    clear();
    done();
  };
  if (chosen.length)
    return (
      <div class="bulk" role="toolbar" aria-label="Chosen tasks">
        <b>{many(chosen.length, "task")} chosen</b>
        {verbsFor("task").map((verb) => (
          <Act
            key={verb.name}
            verb={verb}
            targets={chosen}
            label={chosen.length === 1 ? String(chosen[0]) : many(chosen.length, "chosen task")}
            done={finished}
          />
        ))}
        <button type="button" class="button plain small" onClick={clear}>
          Choose none
        </button>
      </div>
    );
  const all = verbsFor("tasks");
  if (!search || !total || !all.length) return null;
  return (
    <div class="bulk" role="toolbar" aria-label="All that match">
      <span>
        All <b>{count(total)}</b> that match:
      </span>
      {all.map((verb) => (
        <Act
          key={verb.name}
          verb={verb}
          targets={[search]}
          label={
            verb.destructive === "grave"
              ? search
              : `${count(total)} tasks of ${current.value}: ${search}`
          }
          done={finished}
        />
      ))}
    </div>
  );
}

interface ActProps {
  verb: Verb;
  targets: string[];
  label: string;
  done: () => void;
}

function Act({ verb, targets, label, done }: ActProps) {
  return (
    <button
      type="button"
      class={`button small${verb.destructive === "grave" ? " bad" : ""}`}
      title={verb.help}
      onClick={() => ask(verb, targets, label, {}, done)}
    >
      {title(verb)}
    </button>
  );
}
