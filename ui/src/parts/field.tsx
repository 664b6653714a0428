// A form's field for an argument of a verb.
import type { Argument } from "../records/api";

interface FieldProps {
  argument: Argument;
  value: unknown;
  change: (value: unknown) => void;
}

export function Field({ argument, value, change }: FieldProps) {
  const name = argument.name.replaceAll("_", " ");
  if (argument.type === "boolean")
    return (
      <label class="row">
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => change(event.currentTarget.checked)}
        />
        <span>{name}</span>
        {argument.help && <small class="soft">{argument.help}</small>}
      </label>
    );
  return (
    <label class="field">
      <span>
        {name} {!argument.required && <small class="soft">(optional)</small>}{" "}
        {argument.help && <small class="soft">— {argument.help}</small>}
      </span>
      {argument.choices.length ? (
        <select value={String(value ?? "")} onChange={(event) => change(event.currentTarget.value)}>
          {!argument.required && <option value="">–</option>}
          {argument.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : argument.type === "string" ? (
        <input
          required={argument.required}
          value={String(value ?? "")}
          onInput={(event) => change(event.currentTarget.value)}
        />
      ) : (
        <input
          type="number"
          step={argument.type === "number" ? "any" : undefined}
          min={argument.minimum ?? undefined}
          required={argument.required}
          value={String(value ?? "")}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
    </label>
  );
}
