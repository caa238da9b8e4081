<?php
$curl = curl_init();
$options = [
    CURLOPT_URL => getenv("API_URL"),
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_CUSTOMREQUEST => "PATCH",
    CURLOPT_POSTFIELDS => getenv("PAYLOAD"),
    CURLOPT_PROXY => "",
    CURLOPT_HTTPHEADER => [
        "authorization: Bearer " . getenv("TOKEN"),
        "cache-control: no-cache",
        "content-type: application/json",
    ],
];
if (getenv("SSL_CERT_FILE")) {
    $options[CURLOPT_CAINFO] = getenv("SSL_CERT_FILE");
}
curl_setopt_array($curl, $options);
$response = curl_exec($curl);
if ($response === false) {
    fwrite(STDERR, curl_error($curl));
    exit(1);
}
echo curl_getinfo($curl, CURLINFO_HTTP_CODE), "\n", $response, "\n";
