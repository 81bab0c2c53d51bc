// The host's side of the ZAF v2 protocol, for one app in one frame: JSON strings over postMessage.

const missing = (path) => ({ path, message: "is not available here", name: "Error" });

/**
 * @param {object} app
 * @param {HTMLIFrameElement} app.frame
 * @param {string} app.origin the only origin whose messages are handled
 * @param {string} app.guid
 * @param {() => object} app.registration metadata and context for the handshake
 * @param {(path: string) => unknown} app.get undefined where the path is unknown
 * @param {(path: string, value: unknown) => boolean} app.set
 * @param {(action: string, args: unknown[]) => boolean} app.invoke
 * @param {(options: object) => Promise<object>} app.request
 */
export function connectApp({ frame, origin, guid, registration, get, set, invoke, request }) {
  const subscriptions = new Map();
  const replies = new Map();
  let registered = false;
  let active = false;
  let reported = false;

  const post = (message) => frame.contentWindow?.postMessage(JSON.stringify({ ...message, appGuid: guid }), origin);
  const emit = (event, data) => subscriptions.has(event) && post({ key: `zaf.${event}`, message: data });
  // The app receives `activated` as soon as it listens, even if it was activated earlier.
  const reportActive = () => {
    if (!registered || reported === active || !subscriptions.has("app.activated")) return;
    emit(active ? "app.activated" : "app.deactivated", active ? { firstLoad: !reported } : undefined);
    reported = active;
  };

  async function answerRequest(key, options) {
    const answer = await request(options).catch(() => ({
      status: 0,
      statusText: "error",
      responseText: "",
      responseHeaders: {},
    }));
    const complete = { ...answer, responseJSON: parse(answer.responseText) };
    const ok = answer.status >= 200 && answer.status < 300;
    const body = options.httpCompleteResponse ? complete : (complete.responseJSON ?? answer.responseText);
    const responseArgs = ok ? [body, "success", complete] : [complete, "error", answer.statusText];
    emit(`${key}.${ok ? "done" : "fail"}`, { responseArgs });
  }

  function answerCall({ id, request: verb, params }) {
    const result = { errors: {} };
    if (verb === "get") {
      for (const path of params) {
        const value = get(path);
        if (value === undefined) result.errors[path] = missing(path);
        else result[path] = value;
      }
    } else {
      for (const [path, value] of Object.entries(params)) {
        const done = verb === "set" ? set(path, value) : invoke(path, value);
        if (!done) result.errors[path] = missing(path);
      }
    }
    post({ id, result });
  }

  function onMessage(event) {
    // Any page may post here, so only messages of the app's own frame and origin are handled.
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    const message = parse(event.data);
    if (!message || message.appGuid !== guid) return;
    if (message.id && message.request) return answerCall(message);
    const key = String(message.key ?? "");
    if (key === "iframe.handshake") {
      // Also of a page that replaced an earlier one in the frame: it knows nothing yet.
      subscriptions.clear();
      reported = false;
      registered = true;
      post({ key: "zaf.app.registered", message: registration() });
    } else if (key.startsWith("iframe.on:")) {
      subscriptions.set(key.slice("iframe.on:".length), message.message.subscriberCount);
      reportActive();
    } else if (key.startsWith("iframe.off:")) {
      if (message.message.subscriberCount === 0) subscriptions.delete(key.slice("iframe.off:".length));
    } else if (key.startsWith("iframe.reply:")) {
      replies.get(key.slice("iframe.reply:".length))?.();
    } else if (key.startsWith("request:")) {
      void answerRequest(key, message.message);
    }
  }

  window.addEventListener("message", onMessage);
  return {
    emit,
    activate: () => {
      active = true;
      reportActive();
    },
    deactivate: () => {
      active = false;
      reportActive();
    },
    /** Gives the app a moment to clean up, then removes its frame. */
    destroy: async () => {
      if (subscriptions.has("app.willDestroy")) {
        post({ key: "zaf.app.willDestroy", needsReply: true });
        await Promise.race([
          new Promise((resolve) => replies.set("app.willDestroy", resolve)),
          new Promise((resolve) => setTimeout(resolve, 1000)),
        ]);
      }
      window.removeEventListener("message", onMessage);
      frame.remove();
    },
  };
}

function parse(text) {
  try {
    return typeof text === "string" ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
