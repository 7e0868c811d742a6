/*
 * Copies standard input to standard output with a placeholder in the place of each secret, line by line as it comes:
 *
 *     c++ -std=c++17 redact.cpp $(pkg-config --cflags --libs scalr_detect) -o redact
 *     make 2>&1 | ./redact | tee build.log
 */

#include <scalr_detect.hpp>

#include <iostream>
#include <string>

int main() {
    try {
        scalr_detect::Redactor redactor = scalr_detect::Scanner().redactor();
        std::string line;
        while (std::getline(std::cin, line)) {
            // The last line may not be ended.
            if (!std::cin.eof()) {
                line += '\n';
            }
            std::cout << redactor.push(line) << std::flush;
        }
        std::cout << redactor.finish() << std::flush;
        return std::cout ? 0 : 1;
    } catch (const scalr_detect::Error &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
