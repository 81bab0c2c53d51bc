import { pageFile } from "./pageFile.ts";

/** A page with one message. Both texts are HTML: they must not contain a value of a customer. */
export function message(title: string, html: string): string {
  return pageFile("message.html").replaceAll("{{title}}", title).replace("{{text}}", html);
}
