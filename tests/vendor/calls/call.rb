require "net/http"
require "uri"

url = URI(ENV["API_URL"])
http = Net::HTTP.new(url.host, url.port, nil)
http.use_ssl = url.scheme == "https"
request = Net::HTTP::Patch.new(url)
request["content-type"] = "application/json"
request["authorization"] = "Bearer #{ENV['TOKEN']}"
request["cache-control"] = "no-cache"
request.body = ENV["PAYLOAD"]
response = http.request(request)
puts response.code
puts response.read_body
