/* transport/test/work_server.c - mcp_main() with blocking handlers, some of which never return; at
 * the end it waits for them for 1.5 s. */
#include <transport/main.h>
#include <transport/test/work_rows.h>

int main(int argc, char **argv)
{
    static struct work_rows rows;
    const struct mcp_program program = {.name = "work",
                                        .version = "1",
                                        .tools = WORK_ROWS,
                                        .user = &rows,
                                        .has_logging = true,
                                        .drain_ms = 1500};

    return mcp_main(argc, argv, &program);
}
