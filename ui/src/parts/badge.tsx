// A state as a shape and a word.
import { lookOf } from "../words/states";
import { ShapeIcon } from "./icons";

export function Badge({
  state,
  filled = false,
  word,
}: {
  state: string;
  filled?: boolean;
  word?: string;
}) {
  const { word: usual, shape, tone } = lookOf(state);
  return (
    <span class={`badge tone-${tone}${filled ? " filled" : ""}`}>
      <ShapeIcon shape={shape} />
      <span class="cut">{word ?? usual}</span>
    </span>
  );
}
