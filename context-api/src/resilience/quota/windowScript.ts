import { redisScript } from "../../redis/script.ts";
import { guaranteedShares, onDemandShares } from "./shares.ts";
import { ageBins, maxSkewMs } from "./window.ts";

const list = (values: readonly (number | null)[]): string => `{${values.map((value) => value ?? "false").join(", ")}}`;

/**
 * `updateWindow` as one step of Redis, with the same names. The window is a hash: `report`, `blocked`, and a list of requests for each
 * process. Arguments: the request as JSON, and the time.
 */
export const windowScript = redisScript(`
local request, now = cjson.decode(ARGV[1]), tonumber(ARGV[2])
local owner, terms, key = request.owner, request.terms, KEYS[1]
local limit, windowMs, leaseMs, stepMs, unreserved = terms.limit, terms.windowMs, terms.leaseMs, terms.stepMs, terms.unreserved
local guaranteed, onDemand = ${list(guaranteedShares)}, ${list(onDemandShares)}
local priorityOf = {1, 1, 1, 2, 3, 4}

local owners, changed, report, blocked = {}, {}, nil, 0
local stored = redis.call('HGETALL', key)
for i = 1, #stored, 2 do
  local field, value = stored[i], stored[i + 1]
  if field == 'report' then report = cjson.decode(value)
  elseif field == 'blocked' then blocked = tonumber(value)
  else owners[string.sub(field, 3)] = cjson.decode(value) end
end
if request.replaced then owners[owner], changed[owner] = request.replaced, true end

local latest = math.ceil(now / stepMs) * stepMs
for name, entries in pairs(owners) do
  for i = 1, #entries, 3 do
    if entries[i] > latest + ${maxSkewMs} then entries[i], changed[name] = latest + ${maxSkewMs}, true end
  end
end
for _, returned in ipairs(request.returned or {}) do
  local entries = owners[owner] or {}
  for i = #entries - 2, 1, -3 do
    if entries[i] == returned.instant and entries[i + 1] == returned.position then
      entries[i + 2], changed[owner] = math.max(0, entries[i + 2] - returned.count), true
      break
    end
  end
end

local counts, others, all = {0, 0, 0, 0, 0, 0}, 0, {}
local ages = {}
for i = 1, ${ageBins} do ages[i] = 0 end
for name, entries in pairs(owners) do
  local valid = {}
  for i = 1, #entries, 3 do
    if entries[i] + windowMs + leaseMs > now then
      for part = 0, 2 do valid[#valid + 1] = entries[i + part] end
      counts[entries[i + 1] + 1] = counts[entries[i + 1] + 1] + entries[i + 2]
      if name ~= owner then others = others + entries[i + 2] end
    end
  end
  if #valid < #entries then changed[name] = true end
  owners[name] = valid
end

if request.isReleased then
  report, blocked = nil, 0
  redis.call('HDEL', key, 'report', 'blocked')
end
local function sum(values)
  local total = 0
  for i = 1, #values do total = total + values[i] end
  return total
end
if request.report then
  report = {limit = request.report.limit, remaining = request.report.remaining, capacity = sum(counts) + request.report.remaining,
    sentCount = 0, endsAt = now + request.report.lifetimeMs}
end
if request.blockedMs then
  blocked = now + request.blockedMs
  redis.call('HSET', key, 'blocked', string.format('%.0f', blocked))
end
if report and report.endsAt <= now then
  report = nil
  redis.call('HDEL', key, 'report')
end

local function round(value) return math.floor(value + 0.5) end
local function usedOf(priority, used)
  if priority == 1 then return used[1] + used[2] + used[3] end
  return used[priority + 2]
end
local function hasRoom(position, used)
  local total = sum(used)
  if unreserved then return total < limit end
  local share = onDemand[position]
  if share and used[position] >= math.max(1, math.floor(limit * share)) then return false end
  local reserved = 0
  for priority = 1, 4 do
    if priority ~= priorityOf[position] then
      reserved = reserved + math.max(0, round(limit * guaranteed[priority]) - usedOf(priority, used))
    end
  end
  return total < math.max(1, limit - reserved)
end
local function leavesShares(position)
  if report.capacity >= limit then return true end
  local higher = onDemand[position] and 1 or priorityOf[position] - 1
  local kept = 0
  local used = {counts[1], counts[4], counts[5], 0}
  if not unreserved then
    for i = 1, higher do kept = kept + math.max(0, round(report.capacity * guaranteed[i]) - used[i]) end
  end
  return report.remaining - report.sentCount > kept
end

local granted, freeAt
if request.take then
  local position, count = request.take.position + 1, 0
  while count < request.take.count and blocked <= now and hasRoom(position, counts) and (not report or leavesShares(position)) do
    count = count + 1
    counts[position] = counts[position] + 1
    if report then report.sentCount = report.sentCount + 1 end
  end
  local entries = owners[owner] or {}
  owners[owner] = entries
  if count > 0 then
    local instant = math.max(latest, entries[#entries - 2] or 0)
    granted = {instant = instant, position = position - 1, count = count}
    local isAdded = false
    for i = #entries - 2, 1, -3 do
      if entries[i] ~= instant then break end
      if entries[i + 1] == position - 1 then
        entries[i + 2], isAdded = entries[i + 2] + count, true
        break
      end
    end
    if not isAdded then
      for _, part in ipairs({instant, position - 1, count}) do entries[#entries + 1] = part end
    end
    changed[owner] = true
  end
  if count < request.take.count then
    freeAt = now
    for _, list in pairs(owners) do
      for i = 1, #list, 3 do all[#all + 1] = {list[i], list[i + 1], list[i + 2]} end
    end
    table.sort(all, function(a, b) return a[1] < b[1] end)
    local left = {counts[1], counts[2], counts[3], counts[4], counts[5], counts[6]}
    for _, entry in ipairs(all) do
      if hasRoom(position, left) then break end
      left[entry[2] + 1] = left[entry[2] + 1] - entry[3]
      freeAt = entry[1] + windowMs + leaseMs
    end
    if report and not leavesShares(position) then freeAt = math.max(freeAt, report.endsAt) end
    freeAt = math.max(freeAt, blocked)
  end
end

for _, entries in pairs(owners) do
  for i = 1, #entries, 3 do
    local bin = math.min(${ageBins - 1}, math.max(0, math.floor((now - entries[i]) * ${ageBins} / windowMs))) + 1
    ages[bin] = ages[bin] + entries[i + 2]
  end
end
for name in pairs(changed) do
  local entries = owners[name]
  if #entries == 0 then redis.call('HDEL', key, 'o:' .. name) else redis.call('HSET', key, 'o:' .. name, cjson.encode(entries)) end
end
if report then redis.call('HSET', key, 'report', cjson.encode(report)) end
redis.call('PEXPIRE', key, math.ceil(math.max(windowMs + leaseMs, blocked - now)) + 60000)
return cjson.encode({now = now, granted = granted, freeAt = freeAt, counts = counts, othersCount = others, report = report,
  blockedUntil = blocked, ages = ages})
`);
