export interface ServerEvent {
  event: string;
  data: string;
}

/**
 * Reads server-sent events from text in any pieces, as the HTML standard (9.2.6) has it, without `id` and `retry`: each stream
 * begins with all there is, so there is no place to come back to.
 */
export function createSseReader(onEvent: (event: ServerEvent) => void): (text: string) => void {
  let rest = "";
  let event = "";
  let data: string[] = [];

  function line(text: string): void {
    const colon = text.indexOf(":");
    const field = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }

  function dispatch(): void {
    if (data.length > 0) onEvent({ event: event || "message", data: data.join("\n") });
    event = "";
    data = [];
  }

  return (text) => {
    rest += text;
    // A carriage return at the end may be the first half of one line break.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const each of lines) {
      if (each === "") dispatch();
      else line(each);
    }
  };
}
