-- What `scripts/bench language` measures beside `train`: nanoseconds a call of a schedule and of a hook, the best of five rounds.
local calls = 300000

local function measure(body)
  local best = math.huge
  for _ = 1, 5 do
    local start = os.clock()
    for index = 0, calls - 1 do body(index) end
    best = math.min(best, (os.clock() - start) / calls * 1e9)
  end
  return best
end

local function schedule(epoch, lr) return lr * 0.5 ^ math.floor(epoch / 10) end

local state = {seen = 0, total = 0.0, best = 1e9, above = 0}
local logs = {accuracy = 0.5, loss = 0.25}

local function train_batch_end(batch, logs)
  state.seen = state.seen + 1
  state.total = state.total + logs.loss
  local mean = state.total / state.seen
  if logs.loss < state.best then state.best = logs.loss end
  if logs.accuracy < 0.5 and mean > 0.1 then state.above = state.above + 1 end
end

print("schedule " .. measure(function(index) return schedule(index & 63, 0.1) end))
print("hook " .. measure(function(index) return train_batch_end(index, logs) end))
