// A table that draws only the rows in sight, however many there are.
import { Component, type ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { density } from "../state/preferences";
import { GridHead, widths } from "./gridhead";
import type { Choice, Column, GridProps } from "./gridprops";
import { useRowKeys } from "./rowkeys";

const SPARE = 6;

export function Grid<T>(props: GridProps<T>) {
  const { columns, total, rowAt, keyOf, choice, onWindow } = props;
  const sheet = useRef<HTMLDivElement>(null);
  const height = rowHeight(density.value);
  const [seen, setSeen] = useState<[number, number]>([0, 24]);
  const look = () => {
    const box = sheet.current;
    if (!box) return;
    const first = Math.max(0, Math.floor(box.scrollTop / height) - SPARE);
    const last = first + Math.ceil(Math.min(box.clientHeight || 900, 2000) / height) + 2 * SPARE;
    setSeen((old) => (old[0] === first && old[1] === last ? old : [first, last]));
  };
  useLayoutEffect(look, [height, total]);
  const first = Math.min(seen[0], Math.max(0, total - 1));
  const last = Math.min(total, seen[1]);
  useEffect(() => onWindow?.(first, last), [first, last]);
  const here = useRowKeys(props, sheet, height);

  const rows: ComponentChildren[] = [];
  for (let index = first; index < last; index++) {
    const row = rowAt(index);
    const key = row === undefined ? `gap ${index}` : keyOf(row);
    rows.push(
      <Row
        key={key}
        index={index}
        row={row}
        name={key}
        columns={columns as Column<unknown>[]}
        here={here === index}
        choice={choice}
        chosen={choice?.has(key) ?? false}
        dim={row !== undefined && (props.dim?.(row) ?? false)}
      />,
    );
  }
  const all = (of: (column: Column<T>) => number) =>
    columns.reduce((sum, column) => sum + of(column), choice ? 2.6 : 0);
  const least = widths(
    all((column) => column.width),
    all((column) => column.narrow ?? column.width),
  );
  return (
    <div
      class={props.tall ? "sheet tall" : "sheet"}
      ref={sheet}
      onScroll={look}
      tabIndex={0}
      role="group"
      aria-label={props.label}
    >
      <table class="table" aria-rowcount={total + 1} style={least}>
        <GridHead {...props} />
        <tbody>
          {first > 0 && <Gap height={first * height} />}
          {rows}
          {last < total && <Gap height={(total - last) * height} />}
        </tbody>
      </table>
    </div>
  );
}

function Gap({ height }: { height: number }) {
  return (
    <tr class="gap" aria-hidden="true">
      <td style={{ height: `${height}px` }} />
    </tr>
  );
}

/** Height of a row in pixels, from the style sheet. */
function rowHeight(_density: string): number {
  const style = getComputedStyle(document.documentElement);
  const rem = Number.parseFloat(style.fontSize);
  return Number.parseFloat(style.getPropertyValue("--row")) * rem || 28;
}

interface RowProps {
  index: number;
  row: unknown;
  name: string;
  columns: Column<unknown>[];
  here: boolean;
  choice: Choice | undefined;
  chosen: boolean;
  dim: boolean;
}

/** Drawn anew only when its own data changed. */
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const old = this.props;
    return (
      next.row !== old.row ||
      next.columns !== old.columns ||
      next.here !== old.here ||
      next.chosen !== old.chosen ||
      next.dim !== old.dim ||
      next.index !== old.index
    );
  }

  override render({ index, row, name, columns, here, choice, chosen, dim }: RowProps) {
    const kind = `${here ? "here" : ""}${dim ? " off" : ""}`;
    return (
      <tr
        class={kind || undefined}
        aria-rowindex={index + 2}
        aria-selected={choice ? chosen : undefined}
      >
        {choice && (
          <td class="check">
            {row !== undefined && (
              <input
                type="checkbox"
                aria-label={`Choose ${name}`}
                checked={chosen}
                onChange={() => this.props.choice?.toggle(name)}
              />
            )}
          </td>
        )}
        {columns.map((column) => (
          <td key={column.key} class={column.number ? "number" : undefined}>
            {row === undefined ? <span class="waiting">…</span> : column.cell(row)}
          </td>
        ))}
      </tr>
    );
  }
}
