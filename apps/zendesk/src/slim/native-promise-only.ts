/** A polyfill that the Zendesk SDK loads but that no supported browser needs. See `vite.config.ts`. */
export default Promise;
