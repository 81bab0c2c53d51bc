/** The lab can't start: one clear line for whoever typed the command. */
export class StartError extends Error {
  override readonly name = "StartError";
}
