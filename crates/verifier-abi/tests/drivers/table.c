/* Does what the lines of standard input say. Each input lies in a block of exactly its size. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mintage_verify.h"

struct input {
    uint8_t *start;
    size_t length;
};

static struct input read_hex(const char *word) {
    struct input input = {NULL, 0};
    if (*word == '-') return input;
    input.length = strlen(++word) / 2;
    input.start = malloc(input.length);
    for (size_t at = 0; at < input.length; at++) {
        unsigned byte;
        sscanf(word + 2 * at, "%2x", &byte);
        input.start[at] = (uint8_t)byte;
    }
    return input;
}

int main(void) {
    char *line = NULL, *rest, text[4096];
    size_t size = 0, length = 0;
    int32_t verifier = 0;
    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *words[4] = {NULL, NULL, NULL, NULL};
        words[0] = strtok_r(line, " ", &rest);
        for (int word = 1; word < 4 && words[word - 1]; word++) words[word] = strtok_r(NULL, " ", &rest);
        int32_t is = MINTAGE_MISUSE;
        if (!strcmp(words[0], "open")) {
            struct input bundle = read_hex(words[1]), root = read_hex(words[2]);
            mintage_close(verifier);
            is = mintage_open(bundle.start, bundle.length, (char *)root.start, root.length, text, sizeof text, &length);
            if (is > 0) verifier = is;
            free(bundle.start), free(root.start);
        } else if (!strcmp(words[0], "status")) {
            struct input status = read_hex(words[1]);
            is = mintage_add_status(verifier, status.start, status.length, text, sizeof text, &length);
            free(status.start);
        } else if (!strcmp(words[0], "about")) {
            is = mintage_about(verifier, text, sizeof text, &length);
        } else {
            struct input holder = read_hex(words[2]), code = read_hex(words[3]);
            is = mintage_verify(verifier, code.start, code.length, (char *)holder.start, holder.length,
                                strtoull(words[1], NULL, 10), text, sizeof text, &length);
            free(holder.start), free(code.start);
        }
        if (length >= sizeof text || length != strlen(text)) return 1;
        /* The sentences of these tests have nothing in them that JSON would escape. */
        printf(is < 0 ? "\"%s\"\n" : "%s\n", length ? text : "{}");
    }
    free(line);
    return mintage_close(verifier);
}
