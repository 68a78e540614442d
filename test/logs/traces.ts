/** Stack traces as programs really print them, one per language, with what stands in front of them in a log. */
export interface Trace {
  readonly language: string;
  readonly text: string;
  readonly title: string;
  readonly cause?: string;
  /** The first frames that are ours: function, end of the path, line. */
  readonly own: readonly (readonly [name: string, path: string, line: number])[];
}

export const TRACES: readonly Trace[] = [
  {
    language: 'Python',
    text: `2026-11-20 10:04:00,123 ERROR [worker-3] shop.content: loading lesson 4711 failed
Traceback (most recent call last):
  File "/usr/lib/python3.12/site-packages/flask/app.py", line 1484, in full_dispatch_request
    rv = self.dispatch_request()
  File "/srv/app/core/platform/cache.py", line 88, in get_multi
    return self._load(ids)
  File "/srv/app/core/domain/state_domain.py", line 1624, in from_dict
    state_dict['x'],
KeyError: 'x'`,
    title: "KeyError: 'x'",
    own: [
      ['from_dict', 'core/domain/state_domain.py', 1624],
      ['get_multi', 'core/platform/cache.py', 88],
    ],
  },
  {
    language: 'Python, chained',
    text: `Traceback (most recent call last):
  File "/srv/app/db.py", line 12, in connect
    return driver.open()
ConnectionRefusedError: [Errno 111] Connection refused

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/orders.py", line 40, in load
    connect()
shop.errors.StoreError: orders cannot be loaded`,
    title: 'shop.errors.StoreError: orders cannot be loaded',
    cause: 'ConnectionRefusedError: [Errno 111] Connection refused',
    own: [['load', 'orders.py', 40]],
  },
  {
    language: 'JavaScript',
    text: `TypeError: Cannot read properties of undefined (reading 'price')
    at total (/srv/shop/src/cart.js:41:18)
    at async Checkout.run [as go] (file:///srv/shop/src/checkout.mjs:12:3)
    at /srv/shop/node_modules/express/lib/router/layer.js:95:5
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`,
    title: "TypeError: Cannot read properties of undefined (reading 'price')",
    own: [
      ['total', 'src/cart.js', 41],
      ['Checkout.run [as go]', 'src/checkout.mjs', 12],
    ],
  },
  {
    language: 'Java',
    text: `2026-11-20T10:04:00.001Z ERROR [http-nio-8080-exec-7] c.a.shop.CheckoutController - order 8812 failed
java.lang.IllegalStateException: cart 77f1c0de is empty
\tat com.acme.shop.CartService.total(CartService.java:120) ~[shop.jar:2.14.0]
\tat java.base/java.util.Optional.orElseThrow(Optional.java:403)
\tat org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:1040)
\t... 12 common frames omitted
Caused by: java.sql.SQLException: no connection
\tat com.acme.shop.Cart.items(Cart.java:12)
\t... 42 more
Caused by: java.net.SocketTimeoutException: Read timed out
\tat com.acme.shop.Db.read(Db.java:7)`,
    title: 'java.lang.IllegalStateException: cart 77f1c0de is empty',
    cause: 'java.net.SocketTimeoutException: Read timed out',
    own: [
      ['com.acme.shop.CartService.total', 'CartService.java', 120],
      ['com.acme.shop.Cart.items', 'Cart.java', 12],
    ],
  },
  {
    language: 'Go, panic',
    text: `panic: runtime error: index out of range [5] with length 3 [recovered]

goroutine 18 [running]:
runtime.gopanic({0x1, 0x2})
\t/usr/local/go/src/runtime/panic.go:884 +0x1f
github.com/acme/shop/internal/cart.(*Cart).Item(0xc0000a4000, 0x5)
\t/app/internal/cart/cart.go:42 +0x1d
main.handle({0x7f2a, 0xc00001})
\t/app/main.go:17 +0x85
created by main.main in goroutine 1
\t/app/main.go:9 +0x2a`,
    title: 'panic: runtime error: index out of range [5] with length 3 [recovered]',
    own: [
      ['github.com/acme/shop/internal/cart.(*Cart).Item', 'internal/cart/cart.go', 42],
      ['main.handle', 'main.go', 17],
    ],
  },
  {
    language: 'Go, %+v',
    text: `2026/11/20 10:00:00 ERROR load cart: no rows
github.com/acme/shop/store.(*DB).Cart
\t/src/store/cart.go:31
github.com/acme/shop/api.Checkout
\t/src/api/checkout.go:77
net/http.HandlerFunc.ServeHTTP
\t/usr/local/go/src/net/http/server.go:2166`,
    title: 'load cart: no rows',
    own: [
      ['github.com/acme/shop/store.(*DB).Cart', 'store/cart.go', 31],
      ['github.com/acme/shop/api.Checkout', 'api/checkout.go', 77],
    ],
  },
  {
    language: 'Ruby',
    text: `/srv/app/models/cart.rb:12:in \`total': undefined method \`price' for nil:NilClass (NoMethodError)
\tfrom /srv/app/controllers/checkout.rb:5:in \`block in show'
\tfrom /usr/local/bundle/gems/rack-3.0.8/lib/rack/builder.rb:50:in \`call'`,
    title: "/srv/app/models/cart.rb:12:in `total': undefined method `price' for nil:NilClass (NoMethodError)",
    own: [
      ['total', 'models/cart.rb', 12],
      ['block in show', 'controllers/checkout.rb', 5],
    ],
  },
  {
    language: 'Rails',
    text: `2026-11-20T10:00:00.123Z ERROR NoMethodError (undefined method 'price' for nil):

app/models/cart.rb:12:in 'Cart#total'
app/controllers/checkout_controller.rb:5:in 'CheckoutController#show'`,
    title: "NoMethodError (undefined method 'price' for nil):",
    own: [
      ['Cart#total', 'app/models/cart.rb', 12],
      ['CheckoutController#show', 'app/controllers/checkout_controller.rb', 5],
    ],
  },
  {
    language: 'PHP',
    text: `[2026-11-20 10:00:00] PHP Fatal error:  Uncaught TypeError: Cart::total(): Argument #1 must be of type Order, null given in /var/www/src/Cart.php:41
Stack trace:
#0 /var/www/src/Checkout.php(18): App\\Cart->total(NULL)
#1 /var/www/vendor/symfony/http-kernel/HttpKernel.php(163): App\\Checkout->post()
#2 {main}
  thrown in /var/www/src/Cart.php on line 41`,
    title: 'TypeError: Cart::total(): Argument #1 must be of type Order, null given in /var/www/src/Cart.php:41',
    own: [
      ['App\\Cart->total', 'src/Cart.php', 41],
      ['App\\Checkout->post', 'src/Checkout.php', 18],
    ],
  },
  {
    language: 'C#',
    text: `Unhandled exception. System.InvalidOperationException: checkout failed
 ---> System.NullReferenceException: Object reference not set to an instance of an object.
   at Shop.Cart.Total(Order order) in /src/Shop/Cart.cs:line 41
   --- End of inner exception stack trace ---
   at Shop.Checkout.<Post>d__7.MoveNext() in /src/Shop/Checkout.cs:line 18
   at System.Threading.Tasks.Task.ThrowIfExceptional(Boolean includeTaskCanceledExceptions)`,
    title: 'System.InvalidOperationException: checkout failed',
    cause: 'System.NullReferenceException: Object reference not set to an instance of an object.',
    own: [
      ['Shop.Cart.Total', 'Shop/Cart.cs', 41],
      ['Shop.Checkout.<Post>d__7.MoveNext', 'Shop/Checkout.cs', 18],
    ],
  },
];
