const axios = require("axios").default;

axios
  .request({
    method: "PATCH",
    url: process.env.API_URL,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${process.env.TOKEN}`,
      "cache-control": "no-cache",
    },
    data: JSON.parse(process.env.PAYLOAD),
    proxy: false,
  })
  .then((response) => console.log(`${response.status}\n${JSON.stringify(response.data)}`))
  .catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
