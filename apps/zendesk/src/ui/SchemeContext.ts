import { createContext } from "react";
import type { Scheme } from "./theme.ts";

/** The host's scheme, for parts that are drawn with Garden's components. */
export const SchemeContext = createContext<Scheme>("light");
