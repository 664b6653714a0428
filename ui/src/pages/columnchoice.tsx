// Which columns the table of tasks shows and in which order: the address says it, else what was
// chosen last for a source of this kind, else what the server was told.
import { useMemo } from "preact/hooks";
import { Menu } from "../parts/menu";
import { setQuery, setting } from "../state/address";
import { keep, recall } from "../state/preferences";
import { info, session } from "../state/sources";
import { TASK_COLUMNS, USUAL } from "./taskcolumns";

const ORDER = TASK_COLUMNS.map((column) => column.key);

/** Flower calls it so, and settings of the server may, too. */
const NAMES: Record<string, string> = { uuid: "id" };

const kind = () => info.value?.kind ?? "cluster";
const kept = () => `columns.${kind()}`;

function chosen(): string[] {
  const told = session.value?.tasks_columns?.join(",");
  const asked = setting("columns") || recall(kept()) || told || "";
  const keys = asked
    .split(",")
    .map((key) => NAMES[key.trim()] ?? key.trim())
    .filter((key, at, all) => ORDER.includes(key) && all.indexOf(key) === at);
  return keys.length ? keys : USUAL[kind()].split(" ");
}

export function useTaskColumns() {
  const keys = chosen().join(",");
  return useMemo(
    () => keys.split(",").flatMap((key) => TASK_COLUMNS.filter((column) => column.key === key)),
    [keys],
  );
}

export function ColumnChoice() {
  const keys = chosen();
  const change = (key: string) => {
    const text = toggled(keys, key).join(",");
    keep(kept(), text);
    setQuery({ columns: text });
  };
  return (
    <Menu label="Columns">
      {TASK_COLUMNS.map((column) => (
        <label key={column.key}>
          <input
            type="checkbox"
            checked={keys.includes(column.key)}
            onChange={() => change(column.key)}
          />
          {column.title}
        </label>
      ))}
    </Menu>
  );
}

/** Without the key, or with it before the first that usually comes after it. */
function toggled(keys: string[], key: string): string[] {
  if (keys.includes(key)) return keys.filter((one) => one !== key);
  const after = keys.findIndex((one) => ORDER.indexOf(one) > ORDER.indexOf(key));
  return after < 0 ? [...keys, key] : keys.toSpliced(after, 0, key);
}
