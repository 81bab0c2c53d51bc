import type { LoggedRequest } from "../lab/simulators/log.ts";

const checkPaths = [
  /^\/services\/data\/v[\d.]+\/query\?q=SELECT%20Id%20FROM%20Account%20LIMIT%201$/,
  /^\/api\/v2\/users\/search\?query=email%3A%22?nobody/,
];

/** True for a request with which the product checks an idle connection. */
export const isCheck = ({ path }: LoggedRequest): boolean => checkPaths.some((pattern) => pattern.test(path));
