// Which columns the table of tasks shows: the address says it, else what was chosen last, else
// what the server was told.
import { useMemo } from "preact/hooks";
import { Menu } from "../parts/menu";
import { setQuery, setting } from "../state/address";
import { keep, recall } from "../state/preferences";
import { session } from "../state/sources";
import { TASK_COLUMNS, USUAL } from "./taskcolumns";

function chosen(): string[] {
  const told = session.value?.tasks_columns?.join(",");
  const asked = setting("columns") || recall("columns") || told || "";
  const keys = asked.split(",").filter((key) => TASK_COLUMNS.some((column) => column.key === key));
  return keys.length ? keys : USUAL;
}

export function useTaskColumns() {
  const keys = chosen().join(",");
  return useMemo(
    () => TASK_COLUMNS.filter((column) => keys.split(",").includes(column.key)),
    [keys],
  );
}

export function ColumnChoice() {
  const keys = chosen();
  const change = (key: string) => {
    const next = keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key];
    const text = TASK_COLUMNS.map((column) => column.key)
      .filter((one) => next.includes(one))
      .join(",");
    keep("columns", text);
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
