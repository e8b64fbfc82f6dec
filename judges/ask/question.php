<?php
// Asks one question with the client that openapi-generator made: a token, then two records.
declare(strict_types=1);

require getenv('GUZZLE');
spl_autoload_register(function (string $class): void {
    $path = getenv('CLIENT') . '/' . str_replace('\\', '/', substr($class, strlen('OpenAPI\\Client\\'))) . '.php';
    if (is_file($path)) {
        require $path;
    }
});

use OpenAPI\Client\Api\BantuanSosialApi;
use OpenAPI\Client\Api\TokenApi;
use OpenAPI\Client\Configuration;

$http = new GuzzleHttp\Client();
$base = getenv('BASE');
$basic = (new Configuration())
    ->setHost($base)
    ->setApiKey('Authorization', base64_encode(getenv('CLIENT_ID') . ':' . getenv('CLIENT_SECRET')))
    ->setApiKeyPrefix('Authorization', 'Basic');
$token = (new TokenApi($http, $basic))->token('client_credentials')->getAccessToken();

$bearer = (new Configuration())->setHost($base)->setAccessToken($token);
$answer = (new BantuanSosialApi($http, $bearer))->listBantuan(program: ['PKH'], limit: 2);
foreach ($answer->getData() as $record) {
    if ($record->getProgram() !== 'PKH' || !is_string($record->getId())) {
        throw new RuntimeException('not what was asked for');
    }
}
$meta = $answer->getMeta();
printf("200, %d records, complete %s, first %s\n", $meta->getCount(), json_encode($meta->getComplete()), $answer->getData()[0]->getId());
