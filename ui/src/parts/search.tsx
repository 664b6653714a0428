// The search box: the search language with completion of its words.
import { useEffect, useRef, useState } from "preact/hooks";
import { type Suggestion, suggestions, wordAt } from "./completion";
import { Icon } from "./icons";

/** A last word that may be refused as it stands: a space or Enter says that it is whole. */
const UNFINISHED = /([:<>=(-]|(^|[\s(-])(state:|\w+[<>=])\S*)$/;

interface SearchProps {
  source: string;
  value: string;
  change: (text: string) => void;
  error?: string;
}

export function Search({ source, value, change, error }: SearchProps) {
  const [text, setText] = useState(value);
  const [found, setFound] = useState<Suggestion[]>([]);
  const [picked, setPicked] = useState("");
  // by its text: a later answer must not take away what was picked from an earlier one
  const marked = found.findIndex((suggestion) => suggestion.text === picked);
  const field = useRef<HTMLInputElement>(null);
  const pending = useRef<AbortController | null>(null);
  const timer = useRef(0);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []); // it would search on the next page

  const close = () => {
    pending.current?.abort();
    setFound([]);
    setPicked("");
  };
  const settle = (next: string) => {
    clearTimeout(timer.current);
    if (UNFINISHED.test(next)) return;
    timer.current = window.setTimeout(() => change(next.trim()), 350);
  };
  const complete = () => {
    pending.current?.abort();
    const abort = new AbortController();
    pending.current = abort;
    const box = field.current;
    if (!box) return;
    const [, word] = wordAt(box.value, box.selectionStart ?? box.value.length);
    suggestions(source, word, abort.signal)
      .then((list) => setFound(list.slice(0, 12)))
      .catch(() => {});
  };
  const take = (suggestion: Suggestion) => {
    const box = field.current;
    if (!box) return;
    const cursor = box.selectionStart ?? box.value.length;
    const [start] = wordAt(box.value, cursor);
    const next = box.value.slice(0, start) + suggestion.text + box.value.slice(cursor).trimStart();
    setText(next);
    box.value = next;
    box.setSelectionRange(start + suggestion.text.length, start + suggestion.text.length);
    close();
    if (suggestion.text.endsWith(" ")) settle(next);
    else complete();
  };
  const stepped = (key: string): Suggestion | undefined => {
    if (key === "ArrowDown") return found[(marked + 1) % found.length];
    return key === "ArrowUp" ? found.at(Math.max(marked, 0) - 1) : undefined;
  };
  const press = (event: KeyboardEvent) => {
    const to = stepped(event.key);
    if (to) setPicked(to.text);
    else if (event.key === "Escape") found.length ? close() : field.current?.blur();
    else if ((event.key === "Enter" || event.key === "Tab") && found[marked]) take(found[marked]);
    else if (event.key === "Enter") {
      clearTimeout(timer.current);
      close();
      change(text.trim());
    } else return;
    event.preventDefault();
  };
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={field}
        data-search
        type="text"
        role="combobox"
        aria-label="Search tasks"
        aria-autocomplete="list"
        aria-expanded={found.length > 0}
        aria-controls="suggestions"
        aria-activedescendant={marked >= 0 ? `suggestion-${marked}` : undefined}
        aria-invalid={error ? true : undefined}
        placeholder="Search tasks: state:failed name:report runtime>5 …"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          settle(event.currentTarget.value);
          complete();
        }}
        onFocus={complete}
        onBlur={() => setTimeout(close, 150)}
        onKeyDown={press}
      />
      <ul id="suggestions" role="listbox" aria-label="Suggestions" hidden={!found.length}>
        {found.map((suggestion, index) => (
          <li
            key={suggestion.text}
            id={`suggestion-${index}`}
            role="option"
            aria-selected={marked === index}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(suggestion)}
          >
            <span class="mono cut">{suggestion.text}</span>
            <small class="soft">{suggestion.hint}</small>
          </li>
        ))}
      </ul>
      {error && (
        <div class="wrong" role="alert">
          {error}
        </div>
      )}
    </div>
  );
}
