import { start } from "./shell";
import "./style/all.css";

start();
