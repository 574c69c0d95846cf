-- Sends the tokens of a file in turn, from the place that the command line gives.
local requests, at = {}, 0
init = function(args)
  at = tonumber(args[2])
  local headers = wrk.headers
  for token in io.lines(args[1]) do
    headers["Cookie"] = "@OTHERS@CF_Authorization=" .. token
    requests[#requests + 1] = wrk.format("GET", nil, headers)
  end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
