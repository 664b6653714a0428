// The head of a table: names of columns, sorting, choosing all.
import type { Column, GridProps } from "./gridprops";
import { Icon } from "./icons";

export function GridHead<T>({ columns, sort, onSort, choice }: GridProps<T>) {
  const key = sort.replace(/^-/, "");
  const down = sort.startsWith("-");
  return (
    <thead>
      <tr>
        {choice && (
          <th class="check" scope="col">
            <input
              type="checkbox"
              aria-label="Choose all shown"
              checked={choice.all}
              onChange={choice.toggleAll}
            />
          </th>
        )}
        {columns.map((column) => (
          <th
            key={column.key}
            scope="col"
            class={column.number ? "number" : undefined}
            style={widths(column.width, column.narrow)}
            aria-sort={key === column.key ? (down ? "descending" : "ascending") : undefined}
          >
            {onSort && (column.sorts || column.value) ? (
              <button type="button" onClick={() => onSort(next(column, key, down))}>
                {column.title}
                {key === column.key && <Icon name={down ? "down" : "up"} size={12} />}
              </button>
            ) : (
              column.title
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** Figures begin with the largest, texts with the first. */
function next<T>(column: Column<T>, key: string, down: boolean): string {
  if (key === column.key) return down ? column.key : `-${column.key}`;
  return column.number ? `-${column.key}` : column.key;
}

/** A width on a wide and on a narrow screen, in rem, for the style sheet to choose from. */
export function widths(wide: number, narrow = wide): Record<string, string> {
  return { "--wide": `${wide}rem`, "--narrow": `${narrow}rem` };
}
