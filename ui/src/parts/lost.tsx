// What every page says once the server is silent: it shows what was, and would look alive.
import { now } from "../data/clock";
import { heardAt, link } from "../data/stream";
import { moment } from "../words/times";
import { Note } from "./panels";

const A_MOMENT = 3; // seconds; a server that is only loaded anew needs no word

export function ServerLost() {
  now.value; // moves on with the clock
  const here = Date.now() / 1000;
  if (link.value !== "lost" || !heardAt.value || here - heardAt.value < A_MOMENT) return null;
  return (
    <Note tone="warn">
      <b>What you see is old.</b> The server was last heard at {moment(heardAt.value, here)}: see
      whether it still runs. This page goes on by itself when it answers.
    </Note>
  );
}
