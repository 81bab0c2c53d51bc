import "@lwc/synthetic-shadow";
import App from "host/app";
import { createElement } from "lwc";
import { dir, isOffline, locale, scheme, width } from "../stubs/settings.js";

const { documentElement: root, body } = document;
root.lang = locale;
root.dir = dir;
root.dataset.scheme = scheme;
root.style.setProperty("--lab-panel-width", `${width}px`);
if (isOffline) Object.defineProperty(navigator, "onLine", { get: () => false, configurable: true });
// A home page has no record: it shows the list of own accounts alone.
if (new URLSearchParams(window.location.search).has("home"))
  import("c/sidelightMyAccounts").then(({ default: MyAccounts }) =>
    body.append(createElement("c-sidelight-my-accounts", { is: MyAccounts })),
  );
else body.append(createElement("host-app", { is: App }));
