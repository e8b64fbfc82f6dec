// express-gateway with its jwt policy and nothing else: with its rate-limit policy and the emulated Redis it answers no more after a while.
require('express-gateway')().load(process.env.CONFIG).run()
