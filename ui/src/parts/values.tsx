// Any answer as a list of names and values; what is long can be opened.
import { plain } from "../words/text";
import { Moment } from "./figures";

const FEW = 6;

interface ValuesProps {
  value: unknown;
  /** In as many columns as there is room for. */
  broad?: boolean;
}

export function Values({ value, broad }: ValuesProps) {
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  return (
    <dl class={broad ? "plainlist broad" : "plainlist"}>
      {entries.map(([name, one]) => (
        <div key={name}>
          <dt>{name.replaceAll("_", " ")}</dt>
          <dd>
            <Value value={one} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value }: { value: unknown }) {
  if (isMoment(value))
    return (
      <>
        <code>{value}</code>{" "}
        <span class="soft">
          (<Moment at={value} />)
        </span>
      </>
    );
  if (value === null || typeof value !== "object") return <code>{plain(value) || "–"}</code>;
  if (Array.isArray(value) && value.every((one) => typeof one !== "object"))
    return <code>{value.join(", ") || "–"}</code>;
  const size = Object.keys(value).length;
  if (!size) return <code>–</code>;
  const list = Array.isArray(value);
  if (size <= FEW && !list) return <Values value={value} />;
  return (
    <details open={size <= FEW}>
      <summary class="soft">{size === 1 ? "1 entry" : `${size} entries`}</summary>
      {list ? (
        <pre class="code" tabIndex={0} role="group" aria-label="The value in full">
          {plain(value)}
        </pre>
      ) : (
        <Values value={value} />
      )}
    </details>
  );
}

/** Unix seconds with parts of one, of this century: no other figure looks like that. */
function isMoment(value: unknown): value is number {
  return typeof value === "number" && !Number.isInteger(value) && value > 1e9 && value < 4e9;
}
