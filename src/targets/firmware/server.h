// SPDX-License-Identifier: Apache-2.0
// The AT commands of a development board: recordings for a host, inferences, and a stream of readings.
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_SERVER_H
#define IMPULSEKIT_TARGETS_FIRMWARE_SERVER_H

#include <stdint.h>
#include <string.h>

#include "base64.h"
#include "board.h"
#include "console.h"
#include "impulse.h"
#include "runner.h"
#include "settings.h"

namespace impulsekit {
namespace firmware {

constexpr uint32_t kBaud = 115200;
/// Version of the command set.
constexpr const char* kCommandVersion = "1.8.0";

/// Serves one impulse. `Library` says which; make it static, it is as large as a window and a recording.
template <class Library>
class Server {
 public:
  /// Starts the board and serves for good; with `forward`, readings are sent until the host stops them.
  void serve(bool forward) {
    board::start();
    if (!board::loadSettings(&settings_, sizeof settings_)) clearSettings();
    newLine();
    print("impulsekit firmware, ");
    printLine(Library::boardType());
    if (forward) runner_.stream();
    for (prompt();;) {
      const int32_t byte = board::readByte();
      if (byte < 0) {
        board::idle();
        continue;
      }
      const LineEditor::Event event = runner_.editor().push(static_cast<uint8_t>(byte), true);
      if (event == LineEditor::Event::kNone) continue;
      if (event == LineEditor::Event::kTooLong) printLine("ERR: Command is too long");
      else execute(runner_.editor().line());
      prompt();
    }
  }

 private:
  typedef void (Server::*Handler)(const Arguments&);

  struct Command {
    const char* name;
    /// What follows the name: '=' arguments, '?' nothing, or '\0' nothing.
    char form;
    Handler run;
    const char* help;
  };

  static void prompt() { print("\r\n> "); }

  // Which command --------------------------------------------------------------------------------------------------

  static const Command* commands(int32_t* count) {
    static const Command kCommands[] = {
        {"HELP", '\0', &Server::help, "Lists the commands"},
        {"CONFIG", '?', &Server::config, "Lists the configuration of the device"},
        {"INFO", '\0', &Server::info, "Tells of the impulse"},
        {"CLEARCONFIG", '\0', &Server::clearConfig, "Clears the configuration and restarts"},
        {"RESET", '\0', &Server::reset, "Restarts"},
        {"DEVICEID", '?', &Server::deviceId, "Gives the id of the device"},
        {"DEVICEID", '=', &Server::setDeviceId, "ID"},
        {"SAMPLESETTINGS", '?', &Server::sampleSettings, "Lists the settings of recordings"},
        {"SAMPLESETTINGS", '=', &Server::setSampleSettings, "LABEL,INTERVAL_MS,LENGTH_MS[,HMAC_KEY]"},
        {"UPLOADSETTINGS", '?', &Server::uploadSettings, "Lists where recordings go"},
        {"UPLOADSETTINGS", '=', &Server::setUploadSettings, "API_KEY,PATH"},
        {"UPLOADHOST", '=', &Server::setUploadHost, "HOST"},
        {"MGMTSETTINGS", '?', &Server::managementSettings, "Lists the settings of remote management"},
        {"MGMTSETTINGS", '=', &Server::setManagementSettings, "URL"},
        {"SAMPLESTART", '=', &Server::sampleStart, "SENSOR: takes a recording"},
        {"SAMPLESTART", '\0', &Server::sampleStart, "Takes a recording"},
        {"READBUFFER", '=', &Server::readBuffer, "START,END[,USE_MAX_BAUD(y/n)]: gives the recording in base64"},
        {"RUNIMPULSE", '\0', &Server::runImpulse, "Runs the impulse on one window after another"},
        {"RUNIMPULSEDEBUG", '=', &Server::runImpulseDebug, "USE_MAX_BAUD(y/n): the same, with the windows"},
        {"RUNIMPULSEDEBUG", '\0', &Server::runImpulseDebug, "The same"},
        {"RUNIMPULSECONT", '\0', &Server::runImpulseContinuous, "Runs the impulse on every slice"},
        {"RUNIMPULSESTATIC", '=', &Server::runImpulseStatic, "DEBUG(y/n),LENGTH: then LENGTH floats in base64"},
        {"STOPIMPULSE", '\0', &Server::stopImpulse, "Stops what is running, as does b"},
        {"FORWARD", '\0', &Server::forward, "Sends readings, one line each"},
        {"READFILE", '=', &Server::noFiles, "Not on this board"},
        {"UNLINKFILE", '=', &Server::noFiles, "Not on this board"},
        {"CLEARFILES", '\0', &Server::ok, "Does nothing: no files"},
        {"SNAPSHOT", '=', &Server::noCamera, "Not on this board"},
        {"SNAPSHOTSTREAM", '=', &Server::noCamera, "Not on this board"},
        {"WIFI", '=', &Server::noWifi, "Not on this board"},
        {"SCANWIFI", '\0', &Server::noWifi, "Not on this board"},
    };
    *count = static_cast<int32_t>(sizeof kCommands / sizeof kCommands[0]);
    return kCommands;
  }

  void execute(char* line) {
    // What stops an impulse stops nothing here.
    if (*line == '\0' || isStopLine(line)) return;
    if (strncmp(line, "AT+", 3) != 0) return refuse();
    char* const name = line + 3;
    char* const end = name + strcspn(name, "=?");
    const char form = *end;
    char* const rest = form == '\0' ? end : end + 1;
    *end = '\0';
    if (form == '?' && *rest != '\0') return refuse();
    int32_t count;
    const Command* const all = commands(&count);
    for (int32_t i = 0; i < count; ++i) {
      if (all[i].form != form || strcmp(all[i].name, name) != 0) continue;
      return (this->*all[i].run)(Arguments(rest));
    }
    refuse();
  }

  static void refuse() { printLine("ERR: Not a valid AT command"); }
  static void ok() { printLine("OK"); }
  void ok(const Arguments&) { ok(); }
  void noFiles(const Arguments&) { printLine("ERR: No files"); }
  void noCamera(const Arguments&) { printLine("ERR: No camera"); }
  void noWifi(const Arguments&) { printLine("ERR: No WiFi"); }
  void stopImpulse(const Arguments&) { ok(); }
  void reset(const Arguments&) { board::restart(); }

  void help(const Arguments&) {
    int32_t count;
    const Command* const all = commands(&count);
    for (int32_t i = 0; i < count; ++i) {
      print("AT+");
      print(all[i].name);
      if (all[i].form != '\0') put(all[i].form);
      print(all[i].form == '=' ? "" : " - ");
      printLine(all[i].help);
    }
  }

  // Settings -------------------------------------------------------------------------------------------------------

  void clearSettings() {
    memset(&settings_, 0, sizeof settings_);
    defaultDeviceId(&settings_);
    assign(settings_.label, "unknown");
    assign(settings_.uploadPath, "/api/training/data");
    settings_.intervalMs = 1000.0f / Library::kRateHz;
    settings_.lengthMs = Library::kDefaultLengthMs;
  }

  void keep(bool valid) {
    if (!valid) return printLine("ERR: Missing, too long or no number");
    if (!board::storeSettings(&settings_, sizeof settings_)) return printLine("ERR: Cannot keep settings");
    ok();
  }

  void clearConfig(const Arguments&) {
    clearSettings();
    board::storeSettings(&settings_, sizeof settings_);
    printLine("Clearing config and restarting system...");
    board::restart();
  }

  void deviceId(const Arguments&) { printLine(settings_.deviceId); }
  void setDeviceId(const Arguments& args) { keep(args.count == 1 && assign(settings_.deviceId, args.at[0])); }
  void sampleSettings(const Arguments&) { printSampleSettings(settings_); }
  void uploadSettings(const Arguments&) { printUploadSettings(settings_); }
  void managementSettings(const Arguments&) { printManagementSettings(settings_); }

  void setSampleSettings(const Arguments& args) {
    Settings next = settings_;
    const bool valid = args.count >= 3 && assign(next.label, args.at[0]) && parseNumber(args.at[1], &next.intervalMs) &&
                       next.intervalMs > 0.0f && parseWhole(args.at[2], &next.lengthMs) &&
                       (args.count < 4 || assign(next.hmacKey, args.at[3]));
    if (valid) settings_ = next;
    keep(valid);
  }

  void setUploadSettings(const Arguments& args) {
    Settings next = settings_;
    const bool valid = args.count == 2 && assign(next.apiKey, args.at[0]) && assign(next.uploadPath, args.at[1]);
    if (valid) settings_ = next;
    keep(valid);
  }

  void setUploadHost(const Arguments& args) { keep(args.count == 1 && assign(settings_.uploadHost, args.at[0])); }
  void setManagementSettings(const Arguments& args) {
    keep(args.count == 1 && assign(settings_.managementUrl, args.at[0]));
  }

  void config(const Arguments&) {
    printLine("===== Device info =====");
    printField("ID:         ", settings_.deviceId);
    printField("Type:       ", Library::boardType());
    printField("AT Version: ", kCommandVersion);
    print("Data Transfer Baudrate: ");
    printWhole(Library::kTransferBaud);
    newLine();
    // Not behind the sensors: hosts that do not know this section would take its lines for sensors.
    printLine("\r\n===== Inference =====");
    printField("Sensor:     ", Library::sensorName());
    printLine("Model type: classification");
    printLine("\r\n===== Sensors =====");
    print("Name: ");
    print(Library::sensorName());
    print(", Max sample length: ");
    printWhole(runner_.maxSeconds());
    print("s, Frequencies: [");
    printNumber(Library::kRateHz, 2);
    printLine("Hz]");
    printLine("\r\n===== Snapshot =====");
    printLine("Has snapshot:    0");
    printLine("\r\n===== WIFI =====");
    printLine("Connected: 0\r\nPresent:   0");
    printLine("\r\n===== Sampling parameters =====");
    printSampleSettings(settings_);
    printLine("\r\n===== Upload settings =====");
    printUploadSettings(settings_);
    printLine("\r\n===== Remote management =====");
    printManagementSettings(settings_);
  }

  void info(const Arguments&) {
    printField("Impulse:  ", Library::name());
    print("Window:   ");
    printWhole(static_cast<uint64_t>(Library::kInputSize / Library::kAxes));
    print(" readings of");
    for (int32_t i = 0; i < Library::kAxes; ++i) {
      put(' ');
      printPlain(Library::axis(i));
    }
    print(" at ");
    printNumber(Library::kRateHz, 2);
    printLine(" Hz");
    print("Slice:    ");
    printWhole(Library::kStrideReadings);
    printLine(" readings");
    for (int32_t i = 0; i < Library::kLearners; ++i) {
      const Learner& learner = Library::learner(i);
      print("Learner:  ");
      printPlain(learner.name);
      for (int32_t k = 0; learner.labels != nullptr && k < learner.size; ++k) {
        print(k == 0 ? ": " : ", ");
        printPlain(learner.labels[k]);
      }
      newLine();
    }
  }

  // What takes time ------------------------------------------------------------------------------------------------

  void sampleStart(const Arguments& args) {
    if (args.count > 0 && strcmp(args.at[0], Library::sensorName()) != 0) return printLine("ERR: No such sensor");
    runner_.record(settings_);
  }

  void readBuffer(const Arguments& args) {
    uint32_t from;
    uint32_t to;
    const bool valid = args.count >= 2 && parseWhole(args.at[0], &from) && parseWhole(args.at[1], &to) && from <= to;
    if (!valid || to > runner_.recordingBytes()) return printLine("ERR: No such part of the buffer");
    const bool fast = args.count > 2 && *args.at[2] == 'y' && Library::kTransferBaud != kBaud;
    if (fast) switchBaud(Library::kTransferBaud);
    printBase64(runner_.recording() + from, to - from);
    if (fast) switchBaud(kBaud);
    else newLine();
  }

  /// The host changes its speed after the OK; the pauses let it.
  void switchBaud(uint32_t baud) {
    if (baud == kBaud) newLine();
    printLine("OK");
    if (baud == kBaud) runner_.pause(100);
    board::setBaudRate(baud);
    runner_.pause(100);
  }

  void runImpulse(const Arguments&) { runner_.classify(false); }
  void runImpulseDebug(const Arguments&) { runner_.classify(true); }
  void runImpulseContinuous(const Arguments&) { runner_.classifySlices(); }
  void forward(const Arguments&) { runner_.stream(); }

  void runImpulseStatic(const Arguments& args) {
    uint32_t count;
    if (args.count != 2 || !parseWhole(args.at[1], &count)) return printLine("ERR: Expected DEBUG(y/n),LENGTH");
    runner_.classifyStatic(*args.at[0] == 'y', count);
  }

  Settings settings_;
  Runner<Library> runner_;
};

}  // namespace firmware
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_SERVER_H
