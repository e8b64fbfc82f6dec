<?php
/**
 * Bertanya kepada gerbang Titian dari PHP: satu berkas, PHP 5.6 ke atas, hanya ekstensi curl dan openssl.
 * Ask a Titian gateway from PHP: one file, PHP 5.6 and later, the extensions curl and openssl only.
 *
 *     require 'titian.php';
 *     $titian = new TitianClient('https://data.kota.go.id', 'bappeda-app', array('secret' => getenv('TITIAN_SECRET')));
 *     foreach ($titian->all('bantuan', array('program' => 'PKH')) as $bantuan) { ... }
 *
 * Pilihan / options:
 *     secret    rahasia dari `titian client add` / the secret that `titian client add` printed
 *     key       kunci privat PEM (isi, atau file://...), sebagai ganti secret: RSA (RS256) atau EC P-256 (ES256)
 *               / a private key in PEM (text, or file://...) instead of the secret
 *     kid       nama kunci itu, bila aplikasi mendaftarkan beberapa / the key's name where several are registered
 *     purpose   tujuan menurut perjanjian / the purpose, as the agreement names it
 *     audience  alamat publik gerbang, bila berbeda dari $base / the gateway's public address, where it is not $base
 *     folder    tempat token disimpan (bawaan: folder sementara) / where the token is kept (default: the temporary folder)
 *     timeout   detik (bawaan 30) / seconds (default 30)
 *     ca        berkas sertifikat CA sendiri / a file with a CA certificate of one's own
 */

/** Titian menjawab dengan kesalahan, atau tidak menjawab (status 0). / Titian answered with an error, or not at all (status 0). */
class TitianError extends Exception
{
    /** Status HTTP; 0 bila tidak ada jawaban. / HTTP status; 0 where there was no answer. */
    public $status;
    /** Isi problem+json: type, title, detail, code, exchange, errors. / The members of problem+json. */
    public $problem;

    public function __construct($status, array $problem)
    {
        $this->status = $status;
        $this->problem = $problem + array('code' => 'no_answer', 'detail' => '', 'exchange' => null, 'errors' => array());
        parent::__construct($status . ' ' . $this->problem['code'] . ': ' . $this->problem['detail'], $status);
    }
}

class TitianClient
{
    private $base;
    private $id;
    private $options;
    private $curl;
    private $token;
    private $until = 0;

    public function __construct($base, $id, array $options)
    {
        if (isset($options['secret']) === isset($options['key'])) {
            throw new InvalidArgumentException('Beri secret atau key. / Give secret or key.');
        }
        $this->base = rtrim($base, '/');
        $this->id = $id;
        $this->options = $options + array(
            'kid' => null,
            'purpose' => null,
            'audience' => $this->base,
            'folder' => sys_get_temp_dir(),
            'timeout' => 30,
            'ca' => null,
        );
    }

    /** Jawaban dari satu alamat, misalnya get('/v1/bantuan', array('program' => array('PKH', 'SEMBAKO'))). / The answer of one address. */
    public function get($path, array $params = array())
    {
        $query = $this->query($params);
        return $this->ask($path . ($query === '' ? '' : (strpos($path, '?') === false ? '?' : '&') . $query), null);
    }

    /** Mencari dengan isi JSON; untuk NIK dan nilai pribadi lain. / Searches by a JSON body; for NIK and other personal values. */
    public function search($contract, array $body)
    {
        return $this->ask('/v1/' . $contract . ':search', json_encode($body ? $body : new stdClass()));
    }

    /** Semua catatan, halaman demi halaman. / Every record, page by page. */
    public function all($contract, array $params = array())
    {
        $path = '/v1/' . $contract;
        $page = $this->get($path, $params);
        while (true) {
            foreach ($page['data'] as $record) {
                yield $record;
            }
            if ($page['links']['next'] === null) {
                return;
            }
            // Hanya bagian pertanyaannya: token tidak pernah dikirim ke alamat lain. / The query only: the token never goes elsewhere.
            $page = $this->get($path . '?' . parse_url($page['links']['next'], PHP_URL_QUERY));
        }
    }

    private function ask($path, $body)
    {
        list($status, $answer) = $this->send($path, $body, $this->token(false));
        if ($status === 401) {
            list($status, $answer) = $this->send($path, $body, $this->token(true));
        }
        if ($status !== 200) {
            throw new TitianError($status, is_array($answer) ? $answer : array('code' => 'not_json'));
        }
        return $answer;
    }

    private function send($path, $body, $token)
    {
        $headers = array('Authorization: Bearer ' . $token, 'Accept: application/json', 'Accept-Language: id');
        if ($body !== null) {
            $headers[] = 'Content-Type: application/json';
        }
        return $this->http($path, array(CURLOPT_HTTPHEADER => $headers), $body);
    }

    private function http($path, array $more, $body)
    {
        if ($this->curl === null) {
            $this->curl = curl_init();
        }
        curl_reset($this->curl);
        $set = $more + array(
            CURLOPT_URL => $this->base . $path,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_SSL_VERIFYPEER => true,
            CURLOPT_SSL_VERIFYHOST => 2,
            CURLOPT_CONNECTTIMEOUT => min(10, $this->options['timeout']),
            CURLOPT_TIMEOUT => $this->options['timeout'],
        );
        if ($body !== null) {
            $set[CURLOPT_POST] = true;
            $set[CURLOPT_POSTFIELDS] = $body;
        }
        if ($this->options['ca'] !== null) {
            $set[CURLOPT_CAINFO] = $this->options['ca'];
        }
        curl_setopt_array($this->curl, $set);
        $text = curl_exec($this->curl);
        if ($text === false) {
            throw new TitianError(0, array('detail' => curl_error($this->curl)));
        }
        return array(curl_getinfo($this->curl, CURLINFO_HTTP_CODE), json_decode($text, true));
    }

    /** field=a&field=b untuk beberapa nilai. / field=a&field=b for several values. */
    private function query(array $params)
    {
        $pairs = array();
        foreach ($params as $name => $values) {
            foreach (is_array($values) ? $values : array($values) as $value) {
                $text = is_bool($value) ? ($value ? 'true' : 'false') : (string) $value;
                $pairs[] = rawurlencode($name) . '=' . rawurlencode($text);
            }
        }
        return implode('&', $pairs);
    }

    private function token($fresh)
    {
        if (!$fresh && $this->until <= time()) {
            $this->remember();
        }
        if ($fresh || $this->until <= time()) {
            $this->renew();
        }
        return $this->token;
    }

    private function renew()
    {
        $form = array('grant_type' => 'client_credentials');
        if ($this->options['purpose'] !== null) {
            $form['purpose'] = $this->options['purpose'];
        }
        $more = array();
        if (isset($this->options['secret'])) {
            // RFC 6749 2.3.1: id dan rahasia disandikan dahulu. / Both are encoded first.
            $pair = urlencode($this->id) . ':' . urlencode($this->options['secret']);
            $more[CURLOPT_HTTPHEADER] = array('Authorization: Basic ' . base64_encode($pair));
        } else {
            $form['client_assertion_type'] = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
            $form['client_assertion'] = $this->assertion();
        }
        list($status, $answer) = $this->http('/oauth/token', $more, $this->query($form));
        if ($status !== 200 || !isset($answer['access_token'])) {
            $answer = is_array($answer) ? $answer : array();
            $answer += array('error' => 'not_json', 'error_description' => '');
            throw new TitianError($status, $answer + array('code' => $answer['error'], 'detail' => $answer['error_description']));
        }
        $this->token = $answer['access_token'];
        $this->until = time() + $answer['expires_in'] - 30;
        $this->keep();
    }

    /** RFC 7523: berlaku satu menit, sekali pakai. / Good for a minute, and once. */
    private function assertion()
    {
        $key = openssl_pkey_get_private($this->options['key']);
        if ($key === false) {
            throw new InvalidArgumentException('Kunci privat tidak terbaca. / The private key cannot be read.');
        }
        $details = openssl_pkey_get_details($key);
        $curve = $details['type'] === OPENSSL_KEYTYPE_EC;
        $head = array('alg' => $curve ? 'ES256' : 'RS256', 'typ' => 'JWT');
        if ($this->options['kid'] !== null) {
            $head['kid'] = $this->options['kid'];
        }
        $claims = array(
            'iss' => $this->id,
            'sub' => $this->id,
            'aud' => rtrim($this->options['audience'], '/') . '/oauth/token',
            'iat' => time(),
            'exp' => time() + 60,
            'jti' => bin2hex(openssl_random_pseudo_bytes(16)),
        );
        $signed = $this->base64(json_encode($head)) . '.' . $this->base64(json_encode($claims));
        if (!openssl_sign($signed, $signature, $key, OPENSSL_ALGO_SHA256)) {
            throw new InvalidArgumentException('Kunci ini tidak dapat menandatangani. / This key cannot sign.');
        }
        return $signed . '.' . $this->base64($curve ? $this->joined($signature) : $signature);
    }

    private function base64($text)
    {
        return rtrim(strtr(base64_encode($text), '+/', '-_'), '=');
    }

    /** Tanda tangan EC: dari DER (OpenSSL) menjadi r dan s, 32 bita masing-masing (JOSE). / From DER to r and s of 32 bytes each. */
    private function joined($der)
    {
        $joined = '';
        $at = 2;
        for ($part = 0; $part < 2; $part++) {
            $length = ord($der[$at + 1]);
            $joined .= str_pad(ltrim(substr($der, $at + 2, $length), "\0"), 32, "\0", STR_PAD_LEFT);
            $at += 2 + $length;
        }
        return $joined;
    }

    /** Nama berkas tidak dapat ditebak tanpa rahasia atau kunci. / Its name cannot be guessed without the secret or the key. */
    private function file()
    {
        $proof = isset($this->options['secret']) ? $this->options['secret'] : $this->options['key'];
        $whose = json_encode(array($this->base, $this->id, $this->options['purpose']));
        return rtrim($this->options['folder'], '/\\') . '/titian-' . hash_hmac('sha256', $whose, $proof) . '.json';
    }

    private function remember()
    {
        $file = $this->file();
        clearstatcache(true, $file);
        if (!is_file($file) || is_link($file) || (DIRECTORY_SEPARATOR === '/' && (fileperms($file) & 077) !== 0)) {
            return;
        }
        $kept = json_decode((string) @file_get_contents($file), true);
        if (is_array($kept) && isset($kept['token'], $kept['until'])) {
            $this->token = $kept['token'];
            $this->until = $kept['until'];
        }
    }

    /** Ditulis utuh atau tidak sama sekali; gagal menyimpan bukan kesalahan. / Whole or not at all; not being able to is no error. */
    private function keep()
    {
        $folder = $this->options['folder'];
        $draft = is_dir($folder) && is_writable($folder) ? @tempnam($folder, 'titian') : false;
        if ($draft === false) {
            return;
        }
        chmod($draft, 0600);
        if (dirname(realpath($draft)) !== realpath($folder)
            || file_put_contents($draft, json_encode(array('token' => $this->token, 'until' => $this->until))) === false
            || !@rename($draft, $this->file())) {
            @unlink($draft);
        }
    }
}
