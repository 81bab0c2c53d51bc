import { pageFile } from "./server.ts";

/** A page that says one thing. Both texts are ours: nothing of a customer's is put into them. */
export function message(title: string, html: string): string {
  return pageFile("message.html").replaceAll("{{title}}", title).replace("{{text}}", html);
}
