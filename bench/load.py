"""What wrk asks, in its own language: PATH is put in for each subject."""

from __future__ import annotations

ONE = "local n = 0\nrequest = function() n = (n + 7) % 1000; return wrk.format('GET', string.format(PATH, n)) end\n"
MANY = "local n = 0\nrequest = function() n = (n + 1) % 200; return wrk.format('GET', PATH .. 'P' .. (20 + n)) end\n"
LIST = "local n = 0\nrequest = function() n = (n + 1) % 20; return wrk.format('GET', PATH .. 'P' .. n) end\n"
KEYED = """
local paths, n = {}, 0
for list = 0, 199 do
  local keys = {}
  for key = 0, 99 do keys[key + 1] = string.format('S-%06d', 100 * (20 + list) + key) end
  paths[list] = PATH .. table.concat(keys, ',')
end
request = function() n = (n + 1) % 200; return wrk.format('GET', paths[n]) end
"""
PAGE = "request = function() return wrk.format('GET', PATH) end\n"
DONE = """
done = function(summary, latency, requests)
  print('RESULT ' .. summary.requests .. ' ' .. summary.duration .. ' ' .. latency:percentile(50) .. ' ' .. latency:percentile(99) .. ' ' ..
    (summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""
