/* Everything that a caller may do wrong, and all threads at once: misuse BUNDLE CODE, with a code that is genuine at 1800000100. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mintage_verify.h"

#define NOW 1800000100
#define MUST(what) \
    if (!(what)) return fprintf(stderr, "line %d: %s\n", __LINE__, #what), 1

static uint8_t bundle[1 << 16], code[1 << 12];
static size_t bundle_length, code_length;

static int32_t opened(void) { return mintage_open(bundle, bundle_length, NULL, 0, NULL, 0, NULL); }

static int32_t verified(int32_t verifier, const uint8_t *start, size_t length) {
    return mintage_verify(verifier, start, length, NULL, 0, NOW, NULL, 0, NULL);
}

static size_t read_all(const char *name, uint8_t *into, size_t size) {
    FILE *file = fopen(name, "rb");
    size_t length = file ? fread(into, 1, size, file) : 0;
    if (file) fclose(file);
    return length;
}

static int inputs(void) {
    char text[256];
    size_t length;
    MUST(mintage_open(NULL, 5, NULL, 0, text, sizeof text, &length) == MINTAGE_MISUSE && strstr(text, "null"));
    MUST(mintage_open(NULL, 0, NULL, 0, text, sizeof text, &length) == MINTAGE_REFUSED && length == strlen(text));
    MUST(mintage_open(bundle, SIZE_MAX, NULL, 0, text, sizeof text, &length) == MINTAGE_MISUSE);
    MUST(mintage_open(bundle, bundle_length, "\xff\xfe", 2, text, sizeof text, &length) == MINTAGE_MISUSE);
    MUST(mintage_open(bundle, bundle_length, NULL, 2, text, sizeof text, &length) == MINTAGE_MISUSE);
    MUST(mintage_open(bundle, bundle_length, "", 0, text, sizeof text, &length) == MINTAGE_REFUSED);
    int32_t verifier = opened();
    MUST(verifier > 0);
    MUST(mintage_add_status(verifier, NULL, 1, NULL, 0, NULL) == MINTAGE_MISUSE);
    MUST(mintage_add_status(verifier, NULL, 0, NULL, 0, NULL) == MINTAGE_REFUSED);
    MUST(mintage_verify(verifier, code, code_length, "\xc3", 1, NOW, NULL, 0, NULL) == MINTAGE_MISUSE);
    MUST(mintage_verify(verifier, code, code_length, NULL, 1, NOW, NULL, 0, NULL) == MINTAGE_MISUSE);
    MUST(verified(verifier, NULL, 1) == MINTAGE_MISUSE);
    MUST(verified(verifier, NULL, 0) == MINTAGE_BAD);
    MUST(verified(verifier, code, code_length) == MINTAGE_GOOD);
    MUST(mintage_verify(verifier, code, code_length, NULL, 0, UINT64_MAX, NULL, 0, NULL) != MINTAGE_GOOD);
    /* Each beginning of it, in a block where one byte more would be seen. */
    for (size_t count = 0; count < code_length; count++) {
        uint8_t *part = malloc(count);
        memcpy(part, code, count);
        MUST(verified(verifier, part, count) == MINTAGE_BAD);
        free(part);
    }
    return mintage_close(verifier);
}

static int numbers(void) {
    int32_t verifier = opened();
    MUST(mintage_close(verifier) == MINTAGE_GOOD);
    int32_t wrong[] = {verifier, 0, -1, INT32_MAX, INT32_MIN};
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        MUST(verified(wrong[at], code, code_length) == MINTAGE_MISUSE);
        MUST(mintage_add_status(wrong[at], code, code_length, NULL, 0, NULL) == MINTAGE_MISUSE);
        MUST(mintage_about(wrong[at], NULL, 0, NULL) == MINTAGE_MISUSE);
        MUST(mintage_close(wrong[at]) == MINTAGE_MISUSE);
    }
    int32_t another = opened();
    MUST(another > verifier);
    return mintage_close(another);
}

/* Nothing is written beyond the room there is, and the length is that of the whole. */
static int rooms(void) {
    int32_t verifier = opened();
    char whole[4096];
    size_t length, cut;
    MUST(mintage_about(verifier, whole, sizeof whole, &length) == MINTAGE_GOOD && length == strlen(whole));
    for (size_t room = 0; room <= length + 1; room++) {
        char *text = malloc(room);
        MUST(mintage_about(verifier, text, room, &cut) == MINTAGE_GOOD && cut == length);
        MUST(room == 0 || (strlen(text) == room - 1 && !memcmp(text, whole, room - 1)));
        free(text);
    }
    char crooked[sizeof length + 1];
    MUST(mintage_about(verifier, NULL, 7, (size_t *)(void *)(crooked + 1)) == MINTAGE_GOOD);
    memcpy(&cut, crooked + 1, sizeof cut);
    MUST(cut == length);
    return mintage_close(verifier);
}

static int32_t shared;

static void *turn(void *failed) {
    for (int round = 0; round < 20; round++) {
        int32_t own = opened();
        int is_wrong = verified(own, code, code_length) != MINTAGE_GOOD;
        is_wrong |= verified(shared, code, code_length) != MINTAGE_GOOD;
        is_wrong |= mintage_add_status(shared, code, code_length, NULL, 0, NULL) != MINTAGE_REFUSED;
        is_wrong |= mintage_close(own) != MINTAGE_GOOD;
        if (is_wrong) *(int *)failed = 1;
    }
    return NULL;
}

static int threads(void) {
    pthread_t all[4];
    int failed[4] = {0};
    shared = opened();
    for (int at = 0; at < 4; at++) pthread_create(&all[at], NULL, turn, &failed[at]);
    for (int at = 0; at < 4; at++) {
        pthread_join(all[at], NULL);
        MUST(!failed[at]);
    }
    return mintage_close(shared);
}

int main(int count, char **words) {
    MUST(count == 3);
    bundle_length = read_all(words[1], bundle, sizeof bundle);
    code_length = read_all(words[2], code, sizeof code);
    MUST(bundle_length && code_length);
    return inputs() || numbers() || rooms() || threads();
}
