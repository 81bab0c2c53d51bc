import "@lwc/synthetic-shadow";
import App from "host/app";
import { createElement } from "lwc";
import { dir, locale, scheme, width } from "../stubs/settings.js";

const { documentElement: root, body } = document;
root.lang = locale;
root.dir = dir;
root.dataset.scheme = scheme;
root.style.setProperty("--lab-panel-width", `${width}px`);
body.append(createElement("host-app", { is: App }));
