export { loadMessages as messagesFor } from "@sidelight/panel/messages/languages.ts";
